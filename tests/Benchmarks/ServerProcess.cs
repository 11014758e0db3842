using System.Diagnostics;

namespace Benchmarks;

/// <summary>A server in a process of its own, ours or a peer, whose CPU time is counted apart from the client's.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, string port)
    {
        _process = process;
        Origin = new($"http://localhost:{port}");
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Origin };
    }

    public Uri Origin { get; }

    /// <summary>Keeps connections, no cookies, follows nothing.</summary>
    public HttpClient Http { get; }

    /// <summary>Requests counted so far and what they cost.</summary>
    public (long Requests, double CpuSeconds) Cost { get; private set; }

    public double PerCpuSecond => Cost.Requests / Cost.CpuSeconds;

    public static Task<ServerProcess> OursAsync(DirectoryInfo folder, IReadOnlyDictionary<string, string> settings) =>
        StartAsync(folder, StartBenchmark.FreePort(), _ => [Path.Combine(AppContext.BaseDirectory, "Identity.Server.dll")], settings);

    public static Task<ServerProcess> StockAsync(DirectoryInfo folder, IReadOnlyDictionary<string, string> settings) =>
        StartAsync(folder, StartBenchmark.FreePort(), port => [typeof(ServerProcess).Assembly.Location, "--serve-stock", port, Path.Combine(folder.FullName, "stock.db")], settings);

    /// <summary>Without counting: until the runtime has compiled what is hot for good.</summary>
    public Task WarmUpAsync(int requests, int atOnce, Func<ServerProcess, int, Task> ask) => AskAsync(requests, atOnce, ask);

    public async Task CountAsync(int requests, int atOnce, Func<ServerProcess, int, Task> ask)
    {
        _process.Refresh();
        var before = _process.TotalProcessorTime;
        await AskAsync(requests, atOnce, ask);
        _process.Refresh();
        Cost = (Cost.Requests + requests, Cost.CpuSeconds + (_process.TotalProcessorTime - before).TotalSeconds);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<ServerProcess> StartAsync(DirectoryInfo folder, string port, Func<string, string[]> command, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", command(port)) { WorkingDirectory = AppContext.BaseDirectory, RedirectStandardOutput = true };
        foreach (var (name, value) in StartBenchmark.Settings(folder, port).Concat(settings))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var server = new ServerProcess(process, port);
        for (var wait = Stopwatch.StartNew(); !await StartBenchmark.AnswersAsync(server.Http, "/sign-in"); await Task.Delay(50))
        {
            if (process.HasExited || wait.Elapsed > TimeSpan.FromMinutes(1))
            {
                await server.DisposeAsync();
                throw new InvalidOperationException($"{start.ArgumentList[0]} did not start.");
            }
        }

        return server;
    }

    private Task AskAsync(int requests, int atOnce, Func<ServerProcess, int, Task> ask) =>
        Task.WhenAll(Enumerable.Range(0, atOnce).Select(async caller =>
        {
            for (var i = caller; i < requests; i += atOnce)
            {
                await ask(this, caller);
            }
        }));
}
