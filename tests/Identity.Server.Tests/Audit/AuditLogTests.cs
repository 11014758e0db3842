using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OneCode.Cli.Audit;
using Xunit;
using Cli = OneCode.Cli.Audit;

namespace Identity.Server.Tests.Audit;

/// <summary>The trail is whole, and every way of touching it shows.</summary>
public sealed class AuditLogTests(PostgresServer postgres)
{
    private static readonly AuditEvent Tried = new("test.tried");

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task An_untouched_log_has_no_findings_and_each_tampering_has(string provider)
    {
        await using var server = await StartAsync(provider);
        await WriteAsync(server, 40);
        var (checkpoints, places) = await ExportAsync(server);
        Assert.Equal(40, places.Count(place => place["record"]!["what"]!.GetValue<string>() == Tried.Name));
        Assert.Empty(Judge(server, checkpoints, places));

        // Each touches what an attacker with the database can touch, and leaves the rest as it was.
        Assert.Equal(["modified"], Judge(server, checkpoints, Changed(places, 5, place => place["record"]!["actor"] = "account:someone-else")));
        Assert.Equal(["modified"], Judge(server, checkpoints, Changed(places, 5, place => place["record"]!["at"] = 1)));
        Assert.Equal(["modified"], Judge(server, checkpoints, Changed(places, 5, place => place["record"]!["content"] = "AQID")));
        Assert.Equal(["modified"], Judge(server, checkpoints, Changed(places, 5, place => place["record"]!["subject"] = null)));
        Assert.Equal(["deleted"], Judge(server, checkpoints, Changed(places, 7, place => place["record"] = null)));
        Assert.Equal(["moved"], Judge(server, checkpoints, Changed(places, 7, place => place["record"]!["place"] = 9)));
        Assert.Equal(["inserted"], Judge(server, checkpoints, [.. places, Inserted(places[3])]));
        Assert.Contains("gap", Judge(server, checkpoints, [.. places.Where((_, at) => at != 8)]));
        Assert.Contains("chain", Judge(server, checkpoints, Changed(places, 9, place => place["digest"] = places[10]["digest"]!.GetValue<string>())));
        Assert.Equal(["truncated"], Judge(server, checkpoints, [.. places.Take(30)]));
        Assert.Equal(["checkpoint"], Judge(server, Changed(checkpoints, 0, line => line["checkpoint"]!["at"] = 1), places));
        Assert.Equal(["checkpoint"], Judge(server, Changed(checkpoints, 0, line => line["checkpoint"]!["kid"] = "0011223344556677"), places));
    }

    [Fact]
    public async Task A_history_written_anew_and_consistent_in_itself_fails_at_the_checkpoint()
    {
        await using var server = await StartAsync("Sqlite");
        await WriteAsync(server, 10);
        var (checkpoints, places) = await ExportAsync(server);
        var (place, head) = (0L, AuditDigest.Start);
        List<JsonObject> rewritten = [.. places.Select(line => (JsonObject)line.DeepClone())];
        rewritten[6]["digest"] = rewritten[5]["digest"]!.GetValue<string>();
        foreach (var line in rewritten)
        {
            head = AuditDigest.Chain(head, ++place, Convert.FromBase64String(line["digest"]!.GetValue<string>()));
            line["head"] = Convert.ToBase64String(head);
        }

        Assert.Equal(["modified", "rewritten"], Judge(server, checkpoints, rewritten));
    }

    [Fact]
    public async Task A_change_and_its_entry_commit_together_or_not_at_all()
    {
        await using var server = await StartAsync("Sqlite");
        await using var scope = server.App.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        scope.ServiceProvider.GetRequiredService<AuditTrail>().Record(Tried, "system", null, new { Reason = "x" });
        var name = "n" + Path.GetRandomFileName();
        db.Add(new DenseNumber { Name = name, Next = 1 });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);

        db.ChangeTracker.Clear();
        scope.ServiceProvider.GetRequiredService<AuditTrail>().Record(Tried, "system", null, new { Reason = "y" });
        db.Add(new DenseNumber { Name = name, Next = 1 });
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync(TestContext.Current.CancellationToken));
        db.ChangeTracker.Clear();
        Assert.Equal(1, await db.Set<AuditEntry>().CountAsync(entry => entry.What == Tried.Name, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_was_written_about_a_subject_can_be_read_then_erased_and_the_log_still_verifies()
    {
        await using var server = await StartAsync("Sqlite");
        var subject = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await using var scope = server.App.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var trail = scope.ServiceProvider.GetRequiredService<AuditTrail>();
        trail.Record(Tried, "account:1", subject, new { Reason = "moved house" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        var entry = await db.Set<AuditEntry>().SingleAsync(entry => entry.SubjectId == subject, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("moved", Convert.ToHexString(entry.Content!), StringComparison.Ordinal);
        Assert.Equal("moved house", (await trail.ReadAsync(entry, TestContext.Current.CancellationToken))!.Value.GetProperty("reason").GetString());

        Assert.Equal(1, await trail.EraseAsync(subject, TestContext.Current.CancellationToken));
        Assert.Null(await trail.ReadAsync(entry, TestContext.Current.CancellationToken));
        var (checkpoints, places) = await ExportAsync(server);
        Assert.Empty(Judge(server, checkpoints, places));
    }

    [Fact]
    public async Task Two_sequencers_give_every_entry_one_place()
    {
        await using var server = await StartAsync("Postgres");
        await WriteAsync(server, 300);
        var sequencer = server.App.Services.GetRequiredService<Sequencer>();
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => sequencer.SequenceAsync(TestContext.Current.CancellationToken)));
        }

        var (checkpoints, places) = await ExportAsync(server);
        Assert.Equal(300, places.Count(place => place["record"]!["what"]!.GetValue<string>() == Tried.Name));
        Assert.Empty(Judge(server, checkpoints, places));
    }

    [Fact]
    public void Every_event_that_the_code_names_is_in_the_catalogue()
    {
        var server = Path.Combine(Repository.Root, "src", "Identity.Server");
        var catalogue = File.ReadAllText(Path.Combine(server, "Audit", "README.md"));
        var named = Directory.EnumerateFiles(server, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(file), "AuditEvent [A-Za-z]+ = new\\(\"([a-z.-]+)\"\\)|new AuditEvent\\(\"([a-z.-]+)\"\\)"))
            .Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value).Distinct();
        Assert.DoesNotContain(named, name => !catalogue.Contains($"`{name}`", StringComparison.Ordinal));
    }

    private async Task<TheServer> StartAsync(string provider)
    {
        var settings = await postgres.SettingsAsync(provider);
        // The tests do it themselves.
        settings["Audit:SequenceEvery"] = "00:00:30";
        settings["Audit:CheckpointEvery"] = "00:10:00";

        var server = new TheServer(settings);
        await server.InitializeAsync();
        return server;
    }

    private static async Task WriteAsync(TheServer server, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await using var scope = server.App.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<AuditTrail>().Record(Tried, "system", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), new { Number = i });
            await scope.ServiceProvider.GetRequiredService<ServerDbContext>().SaveChangesAsync();
        }
    }

    /// <summary>Everything in its place and under a checkpoint, as an auditor takes it away.</summary>
    private static async Task<(List<JsonObject> Checkpoints, List<JsonObject> Places)> ExportAsync(TheServer server)
    {
        var sequencer = server.App.Services.GetRequiredService<Sequencer>();
        while (await sequencer.SequenceAsync(CancellationToken.None) > 0)
        {
        }

        await sequencer.CheckpointAsync(CancellationToken.None);
        await using var scope = server.App.Services.CreateAsyncScope();
        using var file = new MemoryStream();
        await scope.ServiceProvider.GetRequiredService<AuditExport>().WriteAsync(file, CancellationToken.None);
        var lines = System.Text.Encoding.UTF8.GetString(file.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        return (lines.FindAll(line => line.ContainsKey("checkpoint")), lines.FindAll(line => !line.ContainsKey("checkpoint")));
    }

    /// <summary>What the command line's judge finds, which shares no code with the server.</summary>
    private static List<string> Judge(TheServer server, IEnumerable<JsonObject> checkpoints, IEnumerable<JsonObject> places)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(server.Directory, "keys", "audit.key.pem")));
        var log = new AuditLog();
        foreach (var line in checkpoints)
        {
            log.Add((Cli.Checkpoint)AuditLines.Parse(line.ToJsonString(), 1), key);
        }

        foreach (var line in places)
        {
            log.Add((AuditLine)AuditLines.Parse(line.ToJsonString(), 1));
        }

        return [.. log.Finish().Select(finding => finding.Kind)];
    }

    private static List<JsonObject> Changed(List<JsonObject> lines, int at, Action<JsonObject> change)
    {
        List<JsonObject> changed = [.. lines];
        changed[at] = (JsonObject)lines[at].DeepClone();
        change(changed[at]);
        return changed;
    }

    private static JsonObject Inserted(JsonObject like)
    {
        var line = (JsonObject)like.DeepClone();
        line["entry"] = new Guid("019ab5e8-0000-7000-8000-000000000001");
        line.Remove("head");
        return line;
    }
}
