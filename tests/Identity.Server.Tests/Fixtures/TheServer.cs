using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Fixtures;

/// <summary>
/// The whole server in this process: free loopback ports, SQLite in a directory of its own, Development. Use it as a class
/// fixture, or make one with settings of your own. Everything in it is made through the same use cases as in the Sandbox.
/// </summary>
public sealed class TheServer : IAsyncLifetime
{
    public const string Password = "Sandbox-2022!";

    private readonly Dictionary<string, string?> settings;
    private WebApplication? app;

    public TheServer()
        : this([])
    {
    }

    internal TheServer(Dictionary<string, string?> settings, Action<IServiceCollection>? services = null)
    {
        this.settings = settings;
        Services = services;
    }

    /// <summary>Database, keys and whatever else the server writes. Gone afterwards.</summary>
    public string Directory { get; } = Path.Combine(Path.GetTempPath(), "identity-tests-" + Path.GetRandomFileName());

    public Uri Login { get; } = FreeOrigin();

    public Uri Wallet { get; } = FreeOrigin();

    public Uri Verifier { get; } = FreeOrigin();

    public Uri Console { get; } = FreeOrigin();

    internal WebApplication App => app ?? throw new InvalidOperationException("The server has not been started.");

    private Action<IServiceCollection>? Services { get; }

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Directory);
        var builder = ServerHost.CreateBuilder(["--environment", "Development", "--contentRoot", Directory], Settings());
        Services?.Invoke(builder.Services);
        app = ServerHost.Build(builder);
        await ServerHost.PrepareAsync(app);
        await app.StartAsync();
    }

    /// <summary>Stops and leaves database and keys where they are; <see cref="InitializeAsync"/> starts it again, at the same addresses.</summary>
    internal async Task StopAsync()
    {
        if (app is { } running)
        {
            app = null;
            await running.StopAsync();
            await running.DisposeAsync();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>What the server is started with.</summary>
    internal Dictionary<string, string?> Settings()
    {
        var all = new Dictionary<string, string?>
        {
            ["urls"] = string.Join(';', new[] { Login, Wallet, Verifier, Console }.Select(Origins.TextOf)),
            ["Origins:Login"] = Origins.TextOf(Login),
            ["Origins:Wallet"] = Origins.TextOf(Wallet),
            ["Origins:Verifier"] = Origins.TextOf(Verifier),
            ["Origins:Console"] = Origins.TextOf(Console),
            ["ConnectionStrings:Database"] = $"Data Source={Path.Combine(Directory, "identity.db")}",
            ["Trust:KeyFolder"] = Path.Combine(Directory, "keys"),
            // All tests come from one address.
            ["Accounts:FailuresPerAddress"] = "100000",
            ["Web:SignInsPerMinute"] = "100000",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return all;
    }

    /// <summary>A browser with cookies of its own. It does not follow redirects unless told to, so that a test sees each step.</summary>
    internal Browser OpenBrowser(Uri? origin = null, bool follow = false) => new(origin ?? Login, follow);

    /// <summary>Runs a use case as the server would, in a scope of its own.</summary>
    internal async Task<T> AskAsync<TUseCase, T>(Func<TUseCase, Task<T>> ask)
        where TUseCase : notnull
    {
        await using var scope = App.Services.CreateAsyncScope();
        return await ask(scope.ServiceProvider.GetRequiredService<TUseCase>());
    }

    /// <summary>A citizen's or staff account under a fresh name; returns the name.</summary>
    internal async Task<string> AddAccountAsync(string? userName = null, Guid? personId = null, AccountRole role = AccountRole.Citizen, byte[]? totpSecret = null, string password = Password)
    {
        var name = userName ?? "u" + Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal);
        await AskAsync<CreateAccount, Guid>(create => create.HandleAsync(new NewAccount(name, password, personId, role, totpSecret), CancellationToken.None));
        return name;
    }

    private static Uri FreeOrigin() => new($"http://localhost:{FreePort.Next()}");
}
