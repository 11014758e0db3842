namespace Benchmarks;

/// <summary>Discovery and keys per second of the server's own CPU, beside the same server's smallest fixed answer: what a request costs at least.</summary>
internal static class DiscoveryBenchmark
{
    private const int Rounds = 5;
    private const int Requests = 4_000;
    private const int AtOnce = 8;
    private const string Fixed = "/health/live";

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("discovery-");
        try
        {
            var figures = new List<Figure>();
            foreach (var (name, path) in new[] { ("discovery", "/.well-known/openid-configuration"), ("jwks", "/.well-known/jwks") })
            {
                await using var document = await ServerProcess.OursAsync(folder, new Dictionary<string, string>());
                await using var smallest = await ServerProcess.OursAsync(folder, new Dictionary<string, string>());
                await document.WarmUpAsync(12_000, AtOnce, (server, _) => AskAsync(server, path));
                await smallest.WarmUpAsync(12_000, AtOnce, (server, _) => AskAsync(server, Fixed));
                for (var round = 0; round < Rounds; round++)
                {
                    await document.CountAsync(Requests, AtOnce, (server, _) => AskAsync(server, path));
                    await smallest.CountAsync(Requests, AtOnce, (server, _) => AskAsync(server, Fixed));
                }

                figures.Add(new(name, document.PerCpuSecond, smallest.PerCpuSecond, $"GET {Fixed}", "1/cpu-s", $"GET {path}, {AtOnce} at once, warmed up, {Rounds} rounds in turn"));
            }

            return figures;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AskAsync(ServerProcess server, string path)
    {
        using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }
}
