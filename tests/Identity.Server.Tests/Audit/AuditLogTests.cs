using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Trust;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

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
        var (entries, log, checkpoints) = await FillAsync(server, 40);
        Assert.Empty(Verify(server, entries, log, checkpoints));
        Assert.Equal(40, entries.Count(entry => entry.What == Tried.Name));

        // Each touches what an attacker with the database can touch, and leaves the rest as it was.
        Assert.Contains("modified", Verify(server, [.. entries.Select((entry, i) => i == 5 ? With(entry, actor: "account:someone-else") : entry)], log, checkpoints));
        Assert.Contains("modified", Verify(server, [.. entries.Select((entry, i) => i == 5 ? With(entry, at: entry.At.AddHours(-1)) : entry)], log, checkpoints));
        Assert.Contains("modified", Verify(server, [.. entries.Select((entry, i) => i == 5 ? With(entry, content: [1, 2, 3]) : entry)], log, checkpoints));
        Assert.Contains("deleted", Verify(server, [.. entries.Where((_, i) => i != 7)], log, checkpoints));
        Assert.Contains("inserted", Verify(server, [.. entries, With(entries[3], id: Guid.CreateVersion7(entries[3].At))], log, checkpoints));
        Assert.Contains("gap", Verify(server, [.. entries.Where(entry => entry.Place != 9)], [.. log.Where(entry => entry.Place != 9)], checkpoints));
        Assert.Contains("chain", Verify(server, entries, Swapped(log, 10, 11), checkpoints));
        Assert.Contains("truncated", Verify(server, [.. entries.Where(entry => entry.Place <= 30)], [.. log.Where(entry => entry.Place <= 30)], checkpoints));
        Assert.Contains("checkpoint", Verify(server, entries, log, [.. checkpoints.Select(c => new Checkpoint { Size = c.Size, Head = c.Head, At = c.At.AddSeconds(1), KeyId = c.KeyId, Signature = c.Signature })]));

        // A whole history written anew, consistent in itself: only the checkpoint knows better.
        var without = entries.Where((_, i) => i != 7).OrderBy(entry => entry.Place).ToList();
        var rewritten = new List<LogEntry>();
        var head = AuditDigest.Start;
        foreach (var (entry, place) in without.Select((entry, i) => (entry, (long)i + 1)))
        {
            entry.Place = place;
            head = AuditDigest.Chain(head, place, entry.Digest);
            rewritten.Add(new LogEntry { Place = place, EntryId = entry.Id, Digest = entry.Digest, Head = head });
        }

        Assert.Contains("truncated", Verify(server, without, rewritten, checkpoints));
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
        var (entries, log, checkpoints) = await FillAsync(server, 1);
        Assert.Empty(Verify(server, entries, log, checkpoints));
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

        var (entries, log, checkpoints) = await FillAsync(server, 1);
        Assert.Equal(entries.Count, log.Count);
        Assert.Empty(Verify(server, entries, log, checkpoints));
    }

    [Fact]
    public void Every_event_that_the_code_names_is_in_the_catalogue()
    {
        var root = typeof(AuditLogTests).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
            .Cast<System.Reflection.AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        var server = Path.Combine(root, "src", "Identity.Server");
        var catalogue = File.ReadAllText(Path.Combine(server, "Audit", "README.md"));
        var named = Directory.EnumerateFiles(server, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(file), "AuditEvent [A-Za-z]+ = new\\(\"([a-z.-]+)\"\\)|new AuditEvent\\(\"([a-z.-]+)\"\\)"))
            .Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value).Distinct();
        Assert.DoesNotContain(named, name => !catalogue.Contains($"`{name}`", StringComparison.Ordinal));
    }

    private async Task<TheServer> StartAsync(string provider)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Storage:Provider"] = provider,
            // The tests do it themselves.
            ["Audit:SequenceEvery"] = "00:00:30",
            ["Audit:CheckpointEvery"] = "00:10:00",
        };
        if (provider == "Postgres")
        {
            settings["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync();
        }

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

    private static async Task<(List<AuditEntry> Entries, List<LogEntry> Log, List<Checkpoint> Checkpoints)> FillAsync(TheServer server, int count)
    {
        await WriteAsync(server, count);
        var sequencer = server.App.Services.GetRequiredService<Sequencer>();
        while (await sequencer.SequenceAsync(CancellationToken.None) > 0)
        {
        }

        await sequencer.CheckpointAsync(CancellationToken.None);
        await using var scope = server.App.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        return (
            await db.Set<AuditEntry>().AsNoTracking().OrderBy(entry => entry.Place).ToListAsync(),
            await db.Set<LogEntry>().AsNoTracking().OrderBy(entry => entry.Place).ToListAsync(),
            await db.Set<Checkpoint>().AsNoTracking().ToListAsync());
    }

    private static List<string> Verify(TheServer server, IEnumerable<AuditEntry> entries, IEnumerable<LogEntry> log, IEnumerable<Checkpoint> checkpoints)
    {
        var key = server.App.Services.GetRequiredService<KeyFolder>().AuditKey!.PublicKey;
        return [.. AuditVerifier.Verify(entries, log, checkpoints, checkpoint => AuditVerifier.IsSignedBy(checkpoint, key)).Select(finding => finding.Kind)];
    }

    private static LogEntry[] Swapped(IReadOnlyList<LogEntry> log, long a, long b) =>
        [.. log.Select(entry => new LogEntry
        {
            Place = entry.Place == a ? b : entry.Place == b ? a : entry.Place,
            EntryId = entry.EntryId,
            Digest = entry.Digest,
            Head = entry.Head,
        })];

    private static AuditEntry With(AuditEntry entry, Guid? id = null, string? actor = null, DateTimeOffset? at = null, byte[]? content = null) => new()
    {
        Id = id ?? entry.Id,
        At = at ?? entry.At,
        What = entry.What,
        Actor = actor ?? entry.Actor,
        SubjectId = entry.SubjectId,
        ContentKeyId = entry.ContentKeyId,
        Content = content ?? entry.Content,
        Salt = entry.Salt,
        Digest = entry.Digest,
        Place = entry.Place,
    };
}
