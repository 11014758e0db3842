using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Identity.Server;
using Identity.Server.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Benchmarks;

/// <summary>Sign-ins with a password over HTTP, all that belongs to them included, per CPU-second; beside Argon2id alone.</summary>
internal static partial class LoginBenchmark
{
    private const int Accounts = 16;
    private const int SignIns = 400;
    private const string Password = "a benchmark's password";

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("login-");
        try
        {
            var peer = await HashesAsync();
            await using var app = await StartAsync(folder.FullName);
            var origin = new Uri(app.Urls.First());
            await AddAccountsAsync(app, Accounts);

            await SignInAsync(origin, 40);
            var (cpu, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
            var latencies = await SignInAsync(origin, SignIns);
            var seconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
            latencies.Sort();
            await app.StopAsync();
            var conditions = FormattableString.Invariant(
                $"SQLite, Argon2id 19 MiB t=2, {Accounts} browsers at once, client in the same process; {SignIns / watch.Elapsed.TotalSeconds:0} a second in all, p50 {latencies[SignIns / 2]:0} ms, p99 {latencies[SignIns * 99 / 100]:0} ms");
            return [new("login", SignIns / seconds, peer, "Argon2id alone", "1/cpu-s", conditions)];
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>bench0, bench1 and so on.</summary>
    internal static async Task AddAccountsAsync(WebApplication app, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await using var scope = app.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<CreateAccount>().HandleAsync(new NewAccount($"bench{i}", Password), CancellationToken.None);
        }
    }

    /// <summary>The sign-in page's form, filled in for one of them.</summary>
    internal static Dictionary<string, string> FormOf(string page, int account) =>
        new() { ["userName"] = $"bench{account}", ["password"] = Password, ["__RequestVerificationToken"] = Token().Match(page).Groups[1].Value };

    private static async Task<double> HashesAsync()
    {
        await using var metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var passwords = new PasswordHashing(Options.Create(new AccountsOptions { PasswordThreads = 1 }), metrics.GetRequiredService<IMeterFactory>());
        var stored = await passwords.HashAsync(Password, CancellationToken.None);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        for (var i = 0; i < 100; i++)
        {
            await passwords.VerifyAsync(Password, stored, CancellationToken.None);
        }

        return 100 / (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
    }

    private static async Task<WebApplication> StartAsync(string folder)
    {
        var origin = $"http://localhost:{RandomNumberGenerator.GetInt32(20_000, 30_000)}";
        var builder = ServerHost.CreateBuilder(["--environment", "Development", "--contentRoot", folder], new Dictionary<string, string?>
        {
            ["urls"] = origin,
            ["Origins:Login"] = origin,
            ["ConnectionStrings:Database"] = $"Data Source={Path.Combine(folder, "identity.db")}",
            ["Trust:KeyFolder"] = Path.Combine(folder, "keys"),
            ["Web:SignInsPerMinute"] = "1000000",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        var app = ServerHost.Build(builder);
        await ServerHost.PrepareAsync(app);
        await app.StartAsync();
        return app;
    }

    private static async Task<List<double>> SignInAsync(Uri origin, int count)
    {
        var each = await Task.WhenAll(Enumerable.Range(0, Accounts).Select(async browser =>
        {
            using var handler = new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true };
            using var http = new HttpClient(handler) { BaseAddress = origin };
            var page = await http.GetStringAsync(new Uri("/sign-in", UriKind.Relative));
            var form = FormOf(page, browser);
            var latencies = new List<double>();
            for (var i = 0; i < count / Accounts; i++)
            {
                var started = Stopwatch.GetTimestamp();
                using var body = new FormUrlEncodedContent(form);
                using var answer = await http.PostAsync(new Uri("/sign-in", UriKind.Relative), body);
                if (answer.StatusCode != HttpStatusCode.Redirect)
                {
                    throw new InvalidOperationException($"A sign-in was answered {answer.StatusCode}.");
                }

                latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return latencies;
        }));
        return [.. each.SelectMany(latencies => latencies)];
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
