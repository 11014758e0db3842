using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Benchmarks;

/// <summary>From starting the process to the first sign-in page, on a database that exists, and the memory held then.</summary>
internal static class StartBenchmark
{
    private const int Runs = 7;

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("start-");
        try
        {
            var server = Path.Combine(AppContext.BaseDirectory, "Identity.Server.dll");
            // The first start makes keys and database; a province does that once.
            await StartAsync(folder, [server], "/sign-in");
            var ours = await MedianAsync(folder, [server], "/sign-in");
            var empty = await MedianAsync(folder, [typeof(StartBenchmark).Assembly.Location, "--serve-nothing"], "/");
            var conditions = $"own process, SQLite, median of {Runs}, until the first answer has come";
            return
            [
                new("start", ours.Milliseconds, empty.Milliseconds, "an empty ASP.NET Core host", "ms", conditions),
                new("start-memory", ours.Mebibytes, empty.Mebibytes, "an empty ASP.NET Core host", "MiB RSS", conditions),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The peer: what the framework itself needs to answer one request.</summary>
    public static async Task ServeNothingAsync(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://localhost:{port}");
        var app = builder.Build();
        app.MapGet("/", () => "nothing");
        await app.RunAsync();
    }

    private static async Task<(double Milliseconds, double Mebibytes)> MedianAsync(DirectoryInfo folder, string[] command, string page)
    {
        var runs = new List<(double Milliseconds, double Mebibytes)>();
        for (var i = 0; i < Runs; i++)
        {
            runs.Add(await StartAsync(folder, command, page));
        }
        return (runs.Select(run => run.Milliseconds).Order().ElementAt(Runs / 2), runs.Select(run => run.Mebibytes).Order().ElementAt(Runs / 2));
    }

    private static async Task<(double Milliseconds, double Mebibytes)> StartAsync(DirectoryInfo folder, string[] command, string page)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", command is [_, _] ? [.. command, port] : command) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true };
        foreach (var (name, value) in Settings(folder, port))
        {
            start.Environment[name] = value;
        }
        using var client = new HttpClient { BaseAddress = new($"http://localhost:{port}") };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        try
        {
            while (!await AnswersAsync(client, page))
            {
                if (process.HasExited || clock.Elapsed > TimeSpan.FromMinutes(1))
                {
                    throw new InvalidOperationException($"{command[0]} did not start.");
                }
                await Task.Delay(5);
            }
            var milliseconds = clock.Elapsed.TotalMilliseconds;
            process.Refresh();
            return (milliseconds, process.WorkingSet64 / 1048576.0);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    internal static Dictionary<string, string> Settings(DirectoryInfo folder, string port) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ASPNETCORE_URLS"] = $"http://localhost:{port}",
        ["Origins__Login"] = $"http://localhost:{port}",
        ["ConnectionStrings__Database"] = $"Data Source={Path.Combine(folder.FullName, "identity.db")}",
        ["Trust__KeyFolder"] = Path.Combine(folder.FullName, "keys"),
        ["Logging__LogLevel__Default"] = "Warning",
    };

    internal static async Task<bool> AnswersAsync(HttpClient client, string page)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri(page, UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    internal static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
