namespace Sandbox.Portals;

/// <summary>The two government portals: ordinary relying parties that know nothing of the server but its issuer address.</summary>
internal static class PortalsHost
{
    public static async Task<WebApplication> StartAsync(Addresses addresses, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(Addresses.Text(addresses.SocialSecurity), Addresses.Text(addresses.Tax));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var app = builder.Build();
        await app.StartAsync(cancellationToken);
        return app;
    }
}
