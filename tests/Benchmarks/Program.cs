using System.Globalization;
using System.Text.Json;
using Benchmarks;

// One line a benchmark; each lives in a file of its own.
var benchmarks = new SortedDictionary<string, Func<Task<IReadOnlyList<Figure>>>>(StringComparer.Ordinal)
{
    ["code-flow"] = CodeFlowBenchmark.RunAsync,
    ["discovery"] = DiscoveryBenchmark.RunAsync,
    ["hostile"] = VerifyBenchmark.HostileAsync,
    ["issue"] = IssueBenchmark.IssueAsync,
    ["login"] = LoginBenchmark.RunAsync,
    ["nation"] = NationBenchmark.RunAsync,
    ["renew"] = IssueBenchmark.RenewAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["status"] = VerifyBenchmark.StatusAsync,
    ["token"] = TokenBenchmark.RunAsync,
    ["verify"] = VerifyBenchmark.PaperAsync,
    ["verify-batch"] = VerifyBenchmark.BatchAsync,
    ["verify-phone"] = VerifyBenchmark.PhoneAsync,
    ["verify-repeated"] = VerifyBenchmark.RepeatedAsync,
    ["verify-sm2"] = VerifyBenchmark.Sm2Async,
};

if (args is ["--serve-nothing", var port])
{
    await StartBenchmark.ServeNothingAsync(port);
    return 0;
}
if (args is ["--serve-stock", var stockPort, var database])
{
    await StockHost.ServeAsync(stockPort, database);
    return 0;
}
if (args is ["--list"])
{
    Console.WriteLine(string.Join(Environment.NewLine, benchmarks.Keys));
    return 0;
}
if (args is not [var name, ..] || !benchmarks.TryGetValue(name, out var benchmark) || args[1..] is not ([] or ["--json"]))
{
    await Console.Error.WriteLineAsync("dotnet run -c Release --project tests/Benchmarks -- NAME [--json]    (names: --list)");
    return 64;
}

var figures = await benchmark();
if (args is [_, "--json"])
{
    foreach (var figure in figures)
    {
        Console.WriteLine(JsonSerializer.Serialize(figure, JsonSerializerOptions.Web));
    }
    return 0;
}
foreach (var figure in figures)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figure.Name,-24} {figure.Ours,12:0.##} {figure.Unit,-8} {figure.PeerName}: {figure.Peer:0.##}, ratio {figure.Ratio:0.###}"));
    Console.WriteLine($"{"",-24} {figure.Conditions}");
}
return 0;
