using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace Identity.Server.Connect;

/// <summary>A page in the site's layout as the answer of an endpoint that is not a page: most of its answers are redirects.</summary>
internal class View(string name, object model, int status) : IResult
{
    public virtual Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.CacheControl = "no-store";
        var result = new ViewResult
        {
            ViewName = $"/Connect/Pages/{name}.cshtml",
            StatusCode = status,
            ViewData = new ViewDataDictionary(new EmptyModelMetadataProvider(), new ModelStateDictionary()) { Model = model },
        };
        return result.ExecuteResultAsync(new ActionContext(httpContext, httpContext.GetRouteData(), new ActionDescriptor()));
    }
}

/// <summary>An application's request that cannot be answered to the application.</summary>
internal sealed record RefusalModel(string Error, string? Description);

/// <summary>The page for it. The person learns that the fault is the application's, its developer which one.</summary>
internal sealed class Refusal(string error, string? description)
    : View("Refused", new RefusalModel(error, description), StatusCodes.Status400BadRequest);
