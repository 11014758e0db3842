using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>Binds routes to the origin they belong to: on another one they do not exist.</summary>
internal static class OriginBinding
{
    /// <summary><c>routes.MapGroup("").RequireOrigin(origins => origins.Login)</c>.</summary>
    public static RouteGroupBuilder RequireOrigin(this RouteGroupBuilder group, Func<Origins, Uri> origin)
    {
        var origins = ((IEndpointRouteBuilder)group).ServiceProvider.GetRequiredService<IOptions<Origins>>().Value;
        return group.RequireHost(Origins.HostOf(origin(origins)));
    }
}

/// <summary>Pages belong to the login origin, those of the console's room to the console; error pages answer everywhere.</summary>
internal sealed class PageOrigins(Origins origins) : IPageRouteModelConvention
{
    public void Apply(PageRouteModel model)
    {
        if (model.ViewEnginePath.StartsWith("/Web/", StringComparison.Ordinal))
        {
            return;
        }

        var origin = model.ViewEnginePath.StartsWith("/Administration/", StringComparison.Ordinal) ? origins.Console : origins.Login;
        foreach (var selector in model.Selectors)
        {
            selector.EndpointMetadata.Add(new HostAttribute(Origins.HostOf(origin)));
        }
    }
}
