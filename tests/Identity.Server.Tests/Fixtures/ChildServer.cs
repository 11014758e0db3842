using System.Diagnostics;
using Identity.Server.Credentials;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

[assembly: HostingStartup(typeof(HeldAfterIntent))]

namespace Identity.Server.Tests.Fixtures;

/// <summary>
/// The built server in a process of its own, which can be killed as power failure does it. It takes over the settings, ports,
/// database and keys of a <see cref="TheServer"/> that was stopped, and stops by itself at one point: see <see cref="HeldAfterIntent"/>.
/// </summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];

    private ChildServer(Process process)
    {
        _process = process;
        process.OutputDataReceived += Heard;
        process.ErrorDataReceived += Heard;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static async Task<ChildServer> StartAsync(TheServer stopped)
    {
        // The server's assembly with the tests' list of dependencies, so that the hosting startup below is found. The server itself
        // has no switch for this.
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = stopped.Directory,
            ArgumentList =
            {
                "exec",
                "--depsfile", Path.Combine(AppContext.BaseDirectory, "Identity.Server.Tests.deps.json"),
                "--runtimeconfig", Path.Combine(AppContext.BaseDirectory, "Identity.Server.Tests.runtimeconfig.json"),
                typeof(ServerHost).Assembly.Location,
                "--environment", "Development",
                "--contentRoot", stopped.Directory,
            },
            Environment = { ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(HeldAfterIntent).Assembly.GetName().Name },
        };
        foreach (var (name, value) in stopped.Settings())
        {
            start.ArgumentList.Add($"--{name}={value}");
        }

        var child = new ChildServer(Process.Start(start)!);
        using var http = new HttpClient { BaseAddress = stopped.Login };
        for (var watch = Stopwatch.StartNew(); !await AnswersAsync(http); await Task.Delay(100))
        {
            Assert.False(child._process.HasExited || watch.Elapsed > TimeSpan.FromMinutes(2), "The child does not start: " + child.Output());
        }

        return child;
    }

    /// <summary>Returns when a printed code's intent is committed and its signature is not made yet.</summary>
    public async Task HeldAsync()
    {
        await Task.WhenAny(_held.Task, Task.Delay(TimeSpan.FromSeconds(60)));
        Assert.True(_held.Task.IsCompleted, "It never got there: " + Output());
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>What it printed: a code's text must not be among it.</summary>
    public string Output()
    {
        lock (_output)
        {
            return string.Join('\n', _output);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Heard(object sender, DataReceivedEventArgs line)
    {
        if (line.Data == HeldAfterIntent.Word)
        {
            _held.TrySetResult();
        }

        lock (_output)
        {
            _output.Add(line.Data ?? "");
        }
    }
}

/// <summary>
/// Runs inside the child: whoever commits the intent of a printed code says so on standard output and then waits for ever, before
/// anything is signed.
/// </summary>
internal sealed class HeldAfterIntent : SaveChangesInterceptor, IHostingStartup
{
    public const string Word = "held-after-intent";

    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(services =>
    {
        services.ConfigureDbContext<SqliteServerDbContext>(options => options.AddInterceptors(this));
        services.ConfigureDbContext<PostgresServerDbContext>(options => options.AddInterceptors(this));
    });

    public override async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context!.ChangeTracker.Entries<PrintedCredential>().Any(printed => printed.Entity.State == CredentialState.Prepared))
        {
            await Console.Out.WriteLineAsync(Word);
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }

        return result;
    }
}
