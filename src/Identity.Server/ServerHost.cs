using Identity.Server.Accounts;
using Identity.Server.Administration;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect;
using Identity.Server.Credentials;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Trust;
using Identity.Server.Verification;
using Identity.Server.Web;

namespace Identity.Server;

/// <summary>Puts the rooms together. The Sandbox and the tests start the same server through it, with other settings.</summary>
internal static class ServerHost
{
    /// <summary>A builder with every room added; <paramref name="settings"/> win over files and environment.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args, IEnumerable<KeyValuePair<string, string?>>? settings = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ApplicationName = typeof(ServerHost).Assembly.GetName().Name });
        // A folder of files named like settings (secrets that an orchestrator mounts), so that no password is in the environment.
        if (builder.Configuration["Secrets:Folder"] is { } secrets)
        {
            builder.Configuration.AddKeyPerFile(secrets, optional: false);
        }
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddStorage();
        builder.AddWeb();
        builder.AddAudit();
        builder.AddTrust();
        builder.AddStatus();
        builder.AddSubjects();
        builder.AddAccounts();
        builder.AddCredentials();
        builder.AddVerification();
        builder.AddClients();
        builder.AddConnect();
        builder.AddAdministration();
        return builder;
    }

    /// <summary>The pipeline and every room's routes.</summary>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.UseWeb();
        app.UseConnect();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapWeb();
        app.MapAudit();
        app.MapTrust();
        app.MapStatus();
        app.MapSubjects();
        app.MapAccounts();
        app.MapCredentials();
        app.MapVerification();
        app.MapClients();
        app.MapConnect();
        app.MapAdministration();
        return app;
    }

    /// <summary>What must be true before the first request: the schema is current, keys and clients are in place.</summary>
    public static async Task PrepareAsync(WebApplication app)
    {
        await using var turn = await StartTurn.TakeAsync(app.Services, app.Lifetime.ApplicationStopping);
        await app.PrepareStorageAsync();
        await app.PrepareTrustAsync();
        await app.PrepareStatusAsync();
        await app.PrepareClientsAsync();
        await app.PrepareConnectAsync();
    }
}
