using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server;
using Identity.Server.Connect.Store;
using Identity.Server.Credentials;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Benchmarks;

/// <summary>
/// Enrolling, printing and renewing through the use cases behind <c>POST /api/credentials</c>: holder proofs, intent, commit,
/// signature, read-back. Not in it: HTTP and the access token. <c>BENCHMARK_POSTGRES</c> names a PostgreSQL database to run on too.
/// </summary>
internal static class IssueBenchmark
{
    private const int Persons = 1000;
    private const int Workers = 16;
    private const int Batch = 8;
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(6);

    public static async Task<IReadOnlyList<Figure>> IssueAsync()
    {
        var figures = new List<Figure>();
        foreach (var (store, settings) in Stores())
        {
            await using var bench = await Bench.StartAsync(settings);
            var proof = bench.Proofs(1);
            var serial = 0;
            var enrolled = await RateAsync(Workers, _ => bench.AskAsync(
                bench.CallerOn(Interlocked.Increment(ref serial)), new("person", null, "phone", proof)));
            figures.Add(new("issue-enrol", enrolled.ASecond, 400, "the aim", "1/s", FormattableString.Invariant($"{enrolled.ACpuSecond:0} a CPU-second here; {store}, {Workers} at once: proof, holding and audit entry committed, signature")));
            var printed = await RateAsync(Workers, i => bench.AskAsync(bench.CallerOn(i), new("person", null, "paper", null)));
            figures.Add(new("issue-print", printed.ASecond, 400, "the aim", "1/s", FormattableString.Invariant($"{printed.ACpuSecond:0} a CPU-second here; {store}, {Workers} at once: two commits, signature, read-back")));
        }

        return figures;
    }

    public static async Task<IReadOnlyList<Figure>> RenewAsync()
    {
        var figures = new List<Figure>();
        foreach (var (store, settings) in Stores())
        {
            await using var bench = await Bench.StartAsync(settings);
            var proofs = bench.Proofs(Batch);
            var renewed = await RateAsync(Workers, i => bench.AskAsync(bench.CallerOn(i), new("person", null, "phone", proofs)));
            figures.Add(new("renew", Batch * renewed.ASecond, 2000, "the aim", "1/s", FormattableString.Invariant($"{Batch * renewed.ACpuSecond:0} a CPU-second here; {store}, batches of {Batch}, {Workers} at once, holder proofs checked")));
        }

        return figures;
    }

    private static IEnumerable<(string Store, Dictionary<string, string?> Settings)> Stores()
    {
        yield return ("SQLite", []);
        if (Environment.GetEnvironmentVariable("BENCHMARK_POSTGRES") is { Length: > 0 } connection)
        {
            yield return ("PostgreSQL", new() { ["Storage:Provider"] = "Postgres", ["ConnectionStrings:Database"] = connection });
        }
    }

    /// <summary>How many a second, and a CPU-second of this process, after a short warm-up. The second figure is the one that a busy machine does not change.</summary>
    private static async Task<(double ASecond, double ACpuSecond)> RateAsync(int workers, Func<int, Task> work)
    {
        await RunAsync(TimeSpan.FromSeconds(2));
        return await RunAsync(Lasts);

        async Task<(double ASecond, double ACpuSecond)> RunAsync(TimeSpan lasts)
        {
            var (watch, cpu) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
            var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(i => Task.Run(async () =>
            {
                var count = 0;
                for (; watch.Elapsed < lasts; count++)
                {
                    await work(i);
                }

                return count;
            })));
            return (counts.Sum() / watch.Elapsed.TotalSeconds, counts.Sum() / (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
        }
    }

    /// <summary>A server without its network, some persons in it.</summary>
    private sealed class Bench(WebApplication app, DirectoryInfo folder, List<Guid> persons, List<Guid> phones) : IAsyncDisposable
    {
        // More than a run enrols: a phone enrols once.
        private const int Phones = 20_000;

        public static async Task<Bench> StartAsync(Dictionary<string, string?> settings)
        {
            var folder = Directory.CreateTempSubdirectory("issue-");
            var all = new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["ConnectionStrings:Database"] = $"Data Source={Path.Combine(folder.FullName, "identity.db")}",
                ["Trust:KeyFolder"] = Path.Combine(folder.FullName, "keys"),
                ["Credentials:MostDevices"] = "100",
                ["Credentials:MostPrinted"] = "1000",
                ["Logging:LogLevel:Default"] = "Error",
            };
            foreach (var (name, value) in settings)
            {
                all[name] = value;
            }

            var app = ServerHost.Build(ServerHost.CreateBuilder(["--environment", "Development", "--contentRoot", folder.FullName], all));
            await ServerHost.PrepareAsync(app);
            await app.StartAsync();
            var persons = new List<Guid>();
            for (var i = 0; i < IssueBenchmark.Persons; i++)
            {
                await using var scope = app.Services.CreateAsyncScope();
                if (!DocumentNumber.TryParse(DocumentType.HkMacaoPermit, FormattableString.Invariant($"H{10_000_000 + i}"), DateOnly.MaxValue, out var number))
                {
                    throw new InvalidOperationException("The numbers are made wrongly.");
                }

                persons.Add(await scope.ServiceProvider.GetRequiredService<FindOrAddPerson>().HandleAsync(
                    number, "张小敏", [new(EvidenceMethod.RegisterMatch, "bench"), new(EvidenceMethod.InPerson, "bench")], CancellationToken.None));
            }

            // Enrolling asks whether the phone is still signed in.
            await using var signIns = app.Services.CreateAsyncScope();
            var db = signIns.ServiceProvider.GetRequiredService<ServerDbContext>();
            var phones = Enumerable.Range(0, Phones).Select(i => new OidcGrant
            {
                Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
                Subject = persons[i % persons.Count].ToString(),
                Status = "valid",
                Type = "permanent",
            }).ToList();
            db.AddRange(phones);
            await db.SaveChangesAsync();
            return new Bench(app, folder, persons, [.. phones.Select(phone => phone.Id)]);
        }

        public Caller CallerOn(int phone)
        {
            var (id, device) = (persons[phone % Phones % persons.Count].ToString(), phones[phone % Phones].ToString());
            return Caller.Of(new ClaimsPrincipal(new ClaimsIdentity(
            [
                new(Caller.AccountClaim, id), new(Caller.PersonClaim, id), new(Caller.DeviceClaim, device), new(Caller.ClientClaim, "wallet"), new(Caller.LevelClaim, "4"),
            ])));
        }

        public Issue.Proofs Proofs(int count)
        {
            var nonce = app.Services.GetRequiredService<Nonces>().Create();
            return new([.. Enumerable.Range(0, count).Select(_ => ProofOf(nonce))]);
        }

        public async Task AskAsync(Caller caller, Issue.Request request)
        {
            await using var scope = app.Services.CreateAsyncScope();
            var (_, refusal) = await scope.ServiceProvider.GetRequiredService<Issue>().HandleAsync(caller, request, CancellationToken.None);
            // Persons run out of room for devices and paper; a fresh year for them is not what is measured.
            if (refusal is { Code: "too_many_printed" or "too_many_devices" })
            {
                await MakeRoomAsync(scope.ServiceProvider.GetRequiredService<ServerDbContext>());
            }
            else if (refusal is not null)
            {
                throw new InvalidOperationException(refusal.ToString());
            }
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }

        private static async Task MakeRoomAsync(ServerDbContext db)
        {
            await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlAsync(db.Database, $"UPDATE holdings SET \"State\" = 4");
            await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlAsync(db.Database, $"UPDATE printed_credentials SET \"State\" = 4");
        }

        private string ProofOf(string nonce)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var point = key.ExportParameters(false).Q;
            var header = new { typ = "openid4vci-proof+jwt", alg = "ES256", jwk = new { kty = "EC", crv = "P-256", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } };
            var origins = app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<Origins>>().Value;
            var claims = new { aud = Origins.TextOf(origins.Login), nonce, iat = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() };
            var text = $"{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header))}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
            return $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))}";
        }
    }
}
