using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.Server.Web;

/// <summary>
/// A form whose antiforgery token does not fit (left open too long, signed in meanwhile in another tab) leads back to a fresh
/// copy of its page with a word of explanation, never to a dead end.
/// </summary>
internal sealed class ExpiredForms : IAlwaysRunResultFilter
{
    /// <summary>The query parameter that makes the layout say it.</summary>
    public const string Mark = "expired";

    public void OnResultExecuting(ResultExecutingContext context)
    {
        if (context.Result is IAntiforgeryValidationFailedResult)
        {
            var request = context.HttpContext.Request;
            var query = request.Query.Where(pair => pair.Key != Mark).ToList();

            // Where the person was going was in the form; it is checked again when used.
            if (request.HasFormContentType && request.Form["returnUrl"] is [{ } returnUrl] && !request.Query.ContainsKey("returnUrl"))
            {
                query.Add(new("returnUrl", returnUrl));
            }

            query.Add(new(Mark, "1"));
            context.Result = new RedirectResult(QueryHelpers.AddQueryString(request.Path, query));
        }
    }

    public void OnResultExecuted(ResultExecutedContext context)
    {
    }
}
