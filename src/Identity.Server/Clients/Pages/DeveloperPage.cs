using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients.Pages;

/// <summary>A page of the portal: for citizens whose identity was verified, since somebody must answer for an application.</summary>
[Authorize(Policies.SignedIn)]
internal abstract class DeveloperPage : PageModel
{
    protected Guid AccountId => Caller.Of(User).AccountId!.Value;

    public override Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        var options = HttpContext.RequestServices.GetRequiredService<IOptions<RegistrationOptions>>().Value;
        if (Caller.Of(User) is { PersonId: null } || Caller.Of(User).Level < options.DeveloperLevel)
        {
            context.Result = new RedirectResult("/developer/not-yet");
            return Task.CompletedTask;
        }

        return next();
    }

    /// <summary>Whether the person proved a moment ago who they are: a borrowed session must not mint secrets.</summary>
    protected bool IsFresh => LoginSession.IsFresh(User, HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());

    protected static RedirectResult SignInFirst(string back) => new($"/sign-in?fresh=true&returnUrl={Uri.EscapeDataString(back)}");

    protected PageResult Again(string field, string text)
    {
        ModelState.AddModelError(field, text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
