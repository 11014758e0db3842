using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace OneCode.Web;

/// <summary>Serves the wallet and the verifier page, each on an origin of its own, from the files beside the program.</summary>
public static class OneCodeWeb
{
    /// <summary>Folder of the ES modules and pages, copied beside the assembly.</summary>
    public static string Root => Path.Combine(AppContext.BaseDirectory, "onecode-web");

    /// <summary>
    /// Answers everything that is asked of the wallet's and the verifier's host; other hosts pass through. Comes before
    /// routing: nothing of the login origin, its cookies above all, may be reachable under these two names.
    /// </summary>
    public static WebApplication UseOneCodeWeb(this WebApplication app, Uri wallet, Uri verifier, Uri login)
    {
        ArgumentNullException.ThrowIfNull(app);
        var origins = new WebOrigins(wallet, verifier, login);
        app.ServeOn(verifier, PageSite.Verifier(Root, origins));
        app.ServeOn(wallet, PageSite.Wallet(Root, origins));
        return app;
    }

    private static void ServeOn(this WebApplication app, Uri origin, PageSite site) =>
        app.MapWhen(context => IsFor(context.Request, origin), branch => branch.Run(site.AnswerAsync));

    // Host and port as browsers send them: both leave the scheme's own port out.
    private static bool IsFor(HttpRequest request, Uri origin) =>
        string.Equals(request.Host.Value, origin.Authority, StringComparison.OrdinalIgnoreCase);
}
