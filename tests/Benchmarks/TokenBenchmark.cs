using System.Diagnostics;

namespace Benchmarks;

/// <summary>Tokens by client credentials and secret, per second of the server's own CPU, beside a stock OpenIddict host.</summary>
internal static class TokenBenchmark
{
    public const string ClientId = "bench";
    public const string Secret = "a benchmark's secret of enough length";

    private const int Warmup = 1500;
    private const int Requests = 3000;
    private const int AtOnce = 8;

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("token-");
        try
        {
            var ours = await MeasureAsync(folder, port => [Path.Combine(AppContext.BaseDirectory, "Identity.Server.dll")]);
            var stock = await MeasureAsync(folder, port => [typeof(TokenBenchmark).Assembly.Location, "--serve-stock", port, Path.Combine(folder.FullName, "stock.db")]);
            var conditions = FormattableString.Invariant(
                $"client credentials by secret, SQLite with the same PRAGMAs, JWT ES256, {AtOnce} at once; a second of clock: {ours.PerSecond:0} and {stock.PerSecond:0}");
            return [new("token", ours.PerCpuSecond, stock.PerCpuSecond, "stock OpenIddict", "1/cpu-s", conditions)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(double PerCpuSecond, double PerSecond)> MeasureAsync(DirectoryInfo folder, Func<string, string[]> command)
    {
        var port = StartBenchmark.FreePort();
        var start = new ProcessStartInfo("dotnet", command(port)) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true };
        foreach (var (name, value) in StartBenchmark.Settings(folder, port))
        {
            start.Environment[name] = value;
        }
        start.Environment[$"Clients__{ClientId}__Name"] = ClientId;
        start.Environment[$"Clients__{ClientId}__Secret"] = Secret;
        start.Environment[$"Clients__{ClientId}__ClientCredentials"] = "true";
        using var client = new HttpClient { BaseAddress = new($"http://localhost:{port}") };
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        try
        {
            for (var wait = Stopwatch.StartNew(); !await StartBenchmark.AnswersAsync(client, "/sign-in"); await Task.Delay(50))
            {
                if (process.HasExited || wait.Elapsed > TimeSpan.FromMinutes(1))
                {
                    throw new InvalidOperationException($"{start.ArgumentList[0]} did not start.");
                }
            }

            await AskAsync(client, Warmup);
            process.Refresh();
            var (cpu, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
            await AskAsync(client, Requests);
            process.Refresh();
            return (Requests / (process.TotalProcessorTime - cpu).TotalSeconds, Requests / clock.Elapsed.TotalSeconds);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static Task AskAsync(HttpClient client, int requests) =>
        Parallel.ForAsync(0, requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, cancellationToken) =>
        {
            using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", ClientId), new("client_secret", Secret)]);
            using var answer = await client.PostAsync(new Uri("/connect/token", UriKind.Relative), form, cancellationToken);
            answer.EnsureSuccessStatusCode();
        });
}
