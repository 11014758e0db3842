using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using OneCode;

namespace Faults;

internal sealed record CampaignOptions
{
    public required int Seed { get; init; }

    public required int Cycles { get; init; }

    public TimeSpan AtMost { get; init; } = TimeSpan.MaxValue;

    /// <summary>The next faults come while a node still starts, as long as the other one serves.</summary>
    public bool Overlap { get; init; }
}

/// <summary>
/// Load, a fault or two, everything up again, and then the ledger against what the nodes say, what the lists say and what the database
/// says. Over and over.
/// </summary>
internal sealed class Campaign(Town town, CampaignOptions options)
{
    private static readonly string[] Tables = ["audit_entries", "outbox", "status_entries", "printed_credentials", "stored_answers"];

    private readonly Ledger _ledger = new();
    private readonly Luck _luck = new(options.Seed);
    private readonly ConcurrentDictionary<(string Node, string List), StatusSnapshot> _seen = [];
    private readonly Dictionary<string, int> _faults = [];
    private Load _load = null!;
    private readonly Dictionary<Node, Task> _starting = [];
    private readonly Dictionary<Node, int> _checked = town.Nodes.ToDictionary(node => node, _ => 0);
    private int _serverKills;
    private int _insideTransaction;
    private int _outageWrites;
    private int _outageReads;
    private readonly Dictionary<string, TimeSpan> _spent = [];

    /// <param name="enough">Ends it after the cycle under way, with its last checks and its account.</param>
    public async Task<bool> RunAsync(CancellationToken enough)
    {
        var watch = Stopwatch.StartNew();
        _load = new Load(town, _ledger, _luck);
        await _load.StartAsync();
        await Task.Delay(1000, CancellationToken.None);
        var (done, said) = (0, TimeSpan.Zero);
        try
        {
            for (; done < options.Cycles && watch.Elapsed < options.AtMost && !enough.IsCancellationRequested && _ledger.Findings.Count == 0; done++)
            {
                await CycleAsync();
                if (watch.Elapsed - said > TimeSpan.FromSeconds(20))
                {
                    said = watch.Elapsed;
                    Console.WriteLine(FormattableString.Invariant(
                        $"{done + 1} cycles, {watch.Elapsed.TotalSeconds:F0} s: {_load.Acts} acts, {_ledger.Codes.Count} codes, {_ledger.Withdrawn.Count} withdrawn, {_ledger.Unknown} unknown, {_load.Scans} scans"));
                }
            }

            await _load.StopAsync();
            await UpAsync(town.Nodes.Count);
            await CheckAsync(all: true);
        }
        catch (TimeoutException stuck)
        {
            _ledger.Find(stuck.Message);
        }
        catch (Exception cut) when (Load.IsOutage(cut) && town.Nodes.Any(node => node.EndedByItself))
        {
            // Said below.
        }

        foreach (var node in town.Nodes.Where(node => node.EndedByItself))
        {
            _ledger.Find($"{node.Name} ended by itself; its log is in {town.Logs}");
        }

        foreach (var finding in _ledger.Findings.Take(20))
        {
            Console.WriteLine("FOUND " + finding);
        }

        if (_ledger.Findings.Count > 0)
        {
            town.Keep = true;
            Console.WriteLine($"{_ledger.Findings.Count} findings; logs and data are in {town.Logs}");
        }

        if (done < options.Cycles && _ledger.Findings.Count == 0)
        {
            Console.WriteLine(FormattableString.Invariant($"{(enough.IsCancellationRequested ? "told to end" : "the time was over")} after {done} of {options.Cycles} cycles"));
        }

        Console.WriteLine("faults: " + string.Join(", ", _faults.OrderBy(fault => fault.Key, StringComparer.Ordinal).Select(fault => FormattableString.Invariant($"{fault.Key} {fault.Value}"))));
        Console.WriteLine(FormattableString.Invariant(
            $"servers killed {_serverKills}, inside an open transaction {_insideTransaction}; {_load.Acts} acts, {_load.Scans} scans under fire, {_ledger.OnlineChecks} online checks between; while PostgreSQL was stopped {_outageWrites} writes (none answered 200), {_outageReads} reads (all answered)"));
        Console.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalSeconds / Math.Max(1, done):F2} s a cycle: ")
            + string.Join(", ", _spent.OrderByDescending(step => step.Value).Select(step => FormattableString.Invariant($"{step.Key} {step.Value.TotalSeconds / Math.Max(1, done):F2}"))));
        Console.WriteLine(FormattableString.Invariant(
            $"cycles {done} acknowledged {_ledger.Withdrawn.Count} unknown {_ledger.Unknown} lost {_ledger.Lost} wrong-valid {_ledger.WrongValid} late {_ledger.Late}"));
        // A slow machine is no finding; one that did not get through a tenth has shown too little.
        return _ledger.Findings.Count == 0 && done * 10 >= options.Cycles && (_serverKills < 10 || _insideTransaction * 5 >= _serverKills);
    }

    private async Task CycleAsync()
    {
        await TimedAsync("work", WorkAsync());
        _load.AllUpSince = null;
        await FaultAsync();
        if (_luck.Next(4) == 0)
        {
            await Task.Delay(_luck.Next(100));
            await FaultAsync();
        }

        foreach (var node in town.Nodes.Where(node => !node.IsUp))
        {
            _starting[node] = _starting.GetValueOrDefault(node) is { IsCompletedSuccessfully: false } under ? under : node.StartAsync();
        }

        await TimedAsync("start", UpAsync(options.Overlap ? 1 : town.Nodes.Count));
        await TimedAsync("outcomes", _load.PauseAsync());
        await CheckAsync(all: false);
        _load.Resume();
    }

    /// <summary>Long enough that there is something to lose, also on a slow machine.</summary>
    private async Task WorkAsync()
    {
        var enough = _load.Acts + 8;
        await Task.Delay(50 + _luck.Next(250));
        for (var watch = Stopwatch.StartNew(); _load.Acts < enough && watch.Elapsed < TimeSpan.FromSeconds(10);)
        {
            await Task.Delay(20);
        }
    }

    private async Task UpAsync(int atLeast)
    {
        while (town.Nodes.Count(node => node.IsUp) < atLeast)
        {
            await await Task.WhenAny(town.Nodes.Where(node => !node.IsUp).Select(node => _starting[node]));
        }

        if (town.Nodes.All(node => node.IsUp))
        {
            _load.AllUpSince ??= TimeProvider.System.GetUtcNow();
        }
    }

    private async Task FaultAsync()
    {
        // A third of the kills at least must land inside a transaction, whatever the dice say.
        var dice = _luck.Next(100);
        var (name, fault) = (dice < 28 && _insideTransaction * 3 < _serverKills ? dice + 28 : dice) switch
        {
            < 28 => ("server killed", KillServerAsync(hold: false)),
            < 56 => ("server killed in a transaction", KillServerAsync(hold: true)),
            < 66 => ("PostgreSQL killed", KillPostgresAsync()),
            < 70 => ("PostgreSQL stopped", StopPostgresAsync()),
            < 79 => ("Redis flushed", town.Redis.FlushAsync()),
            < 86 => ("Redis killed, back empty", town.Redis.RestartEmptyAsync()),
            < 93 => ("Redis failed over, writes lost", town.Redis.FailOverAsync()),
            < 96 => ("Redis remembered", town.Redis.RememberAsync()),
            _ => ("both servers killed", KillBothAsync()),
        };
        await TimedAsync(name, fault);
        _faults[name] = _faults.GetValueOrDefault(name) + 1;
    }

    private async Task KillBothAsync()
    {
        var serving = town.Nodes.Where(node => node.IsUp).ToList();
        _serverKills += serving.Count;
        await Task.WhenAll(serving.Select(node => node.KillAsync()));
    }

    /// <summary>
    /// With <paramref name="hold"/> another session takes a table's lock first, so that whoever writes stands in the middle of a
    /// transaction; the node is killed when PostgreSQL says that it does, and only then the lock is given back.
    /// </summary>
    private async Task KillServerAsync(bool hold)
    {
        var node = town.Nodes[_luck.Next(town.Nodes.Count)];
        if (!node.IsUp)
        {
            // Still starting: the one that serves, so that nobody does.
            node = town.Nodes.FirstOrDefault(other => other.IsUp);
        }

        if (node is null)
        {
            return;
        }

        _serverKills++;
        if (!hold)
        {
            await node.KillAsync();
            return;
        }

        await using var connection = await town.Postgres.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
#pragma warning disable CA2100 // One of the names above.
        await using var take = new NpgsqlCommand($"LOCK TABLE {Tables[_luck.Next(Tables.Length)]} IN SHARE MODE", connection, transaction);
#pragma warning restore CA2100
        await take.ExecuteNonQueryAsync();
        // Through a session of its own: within one transaction pg_stat_activity never changes.
        await using var watching = await town.Postgres.OpenAsync();
        await using var look = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = @node AND wait_event_type = 'Lock' AND xact_start IS NOT NULL", watching);
        look.Parameters.AddWithValue("node", node.Name);
        var inside = false;
        for (var watch = Stopwatch.StartNew(); !inside && watch.Elapsed < TimeSpan.FromSeconds(10); await Task.Delay(5))
        {
            inside = await look.ExecuteScalarAsync() is > 0L;
        }

        await node.KillAsync();
        _insideTransaction += inside ? 1 : 0;
        await transaction.RollbackAsync();
    }

    private async Task KillPostgresAsync()
    {
        await town.Postgres.KillAsync();
        await town.Postgres.StartAsync();
    }

    /// <summary>F5: without the database nothing is written, and everything that verifiers need is there.</summary>
    private async Task StopPostgresAsync()
    {
        await town.Postgres.StopAsync();
        var withdrawn = _ledger.Withdrawn;
        foreach (var node in town.Nodes.Where(node => node.IsUp))
        {
            using var http = Town.Open(node);
            if (withdrawn.Count > 0)
            {
                try
                {
                    var (status, _) = await withdrawn[^1].Phone.PostAsync(node, $"/api/credentials/{withdrawn[^1].Id}/revoke", null, null);
                    _outageWrites++;
                    if (status is System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.InternalServerError)
                    {
                        _ledger.Find($"{node.Name} answered {(int)status} to a withdrawal without its database");
                    }
                }
                catch (Exception slow) when (Load.IsOutage(slow))
                {
                    _ledger.Find($"{node.Name} did not answer a withdrawal without its database: {slow.Message}");
                }
            }

            foreach (var path in new[] { "/trust/list", "/status", "/.well-known/openid-configuration", "/status/snapshot" })
            {
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
                _outageReads++;
                if (!answer.IsSuccessStatusCode)
                {
                    _ledger.Find($"{node.Name} answered {(int)answer.StatusCode} at {path} without its database");
                }
            }
        }

        await town.Postgres.StartAsync();
    }

    /// <summary>
    /// Everything acknowledged so far: the database, and the lists and online answers of each node that serves. Online: what is new since this
    /// node was last asked and some of what is old; at the end all.
    /// </summary>
    private async Task CheckAsync(bool all)
    {
        var withdrawn = _ledger.Withdrawn;
        var serving = town.Nodes.Where(node => node.IsUp).ToList();
        await TimedAsync("database", CheckDatabaseAsync(withdrawn));
        await TimedAsync("lists", CheckListsAsync(serving));
        await TimedAsync("online", Task.WhenAll(serving.Select(node => CheckOnlineAsync(node, withdrawn, all))));
    }

    /// <summary>Where the time of a campaign goes: told at its end.</summary>
    private async Task TimedAsync(string step, Task doing)
    {
        var watch = Stopwatch.StartNew();
        await doing;
        _spent[step] = _spent.GetValueOrDefault(step) + watch.Elapsed;
    }

    private async Task CheckOnlineAsync(Node node, IReadOnlyList<Code> withdrawn, bool all)
    {
        var seen = _checked[node];
        var codes = all ? withdrawn : [.. withdrawn.Skip(seen), .. Enumerable.Range(0, Math.Min(20, seen)).Select(_ => withdrawn[_luck.Next(seen)])];
        using var client = Town.Open(node);
        await Parallel.ForEachAsync(codes, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (code, _) =>
        {
            for (var watch = Stopwatch.StartNew(); !await _load.ScanAsync(client, node, code); await Task.Delay(100, CancellationToken.None))
            {
                if (watch.Elapsed > TimeSpan.FromSeconds(60))
                {
                    _ledger.FindLost($"{node.Name} does not say that {code.Id} at {code.Status} is withdrawn");
                    return;
                }
            }
        });
        _checked[node] = withdrawn.Count;
        _ledger.CountChecks(codes.Count);
    }

    private async Task CheckDatabaseAsync(IReadOnlyList<Code> withdrawn)
    {
        var states = await town.Postgres.AskAsync(
            """
            SELECT "Id", "State" FROM holdings WHERE "State" = 4 UNION ALL SELECT "Id", "State" FROM printed_credentials WHERE "State" = 4
            """,
            async reader =>
            {
                var ids = new HashSet<Guid>();
                while (await reader.ReadAsync())
                {
                    ids.Add(reader.GetGuid(0));
                }

                return ids;
            });
        var entries = await town.Postgres.AskAsync(
            "SELECT \"List\", \"Index\" FROM status_entries WHERE \"Value\" = 1",
            async reader =>
            {
                var references = new HashSet<StatusReference>();
                while (await reader.ReadAsync())
                {
                    references.Add(new StatusReference(reader.GetString(0), reader.GetInt32(1)));
                }

                return references;
            });
        foreach (var code in withdrawn)
        {
            if (!states.Contains(code.Id) || !entries.Contains(code.Status))
            {
                _ledger.FindLost($"{code.Id} at {code.Status} is not withdrawn in the database: state {states.Contains(code.Id)}, entry {entries.Contains(code.Status)}");
            }
        }

        // One withdrawal, one audit entry, for every subject: neither without the other.
        var unequal = await town.Postgres.AskAsync(
            """
            SELECT s, sum(w), sum(a) FROM (
              SELECT "SubjectId" AS s, 1 AS w, 0 AS a FROM holdings WHERE "State" = 4
              UNION ALL SELECT "SubjectId", 1, 0 FROM printed_credentials WHERE "State" = 4
              UNION ALL SELECT "SubjectId", 0, 1 FROM audit_entries WHERE "What" = 'credential.withdrawn') AS all_of_them
            GROUP BY s HAVING sum(w) <> sum(a)
            """,
            async reader => await reader.ReadAsync() ? $"{reader.GetValue(0)}: {reader.GetValue(1)} withdrawn, {reader.GetValue(2)} audited" : null);
        if (unequal is not null)
        {
            _ledger.FindLost("audit entries do not match: " + unequal);
        }
    }

    /// <summary>Every acknowledged change on the signed list that each of these nodes serves, and no list that takes one back.</summary>
    private async Task CheckListsAsync(List<Node> serving)
    {
        var byList = _ledger.Codes.GroupBy(code => code.Status.List).ToList();
        await Parallel.ForEachAsync(serving, async (node, _) =>
        {
            using var client = Town.Open(node);
            foreach (var codes in byList)
            {
                Code? missing = null;
                for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50, CancellationToken.None))
                {
                    var snapshot = await DownloadAsync(client, node, codes.Key);
                    missing = snapshot is null ? codes.First() : codes.FirstOrDefault(code => !code.IsOpen && snapshot.Content.List.Get(code.Status.Index) != code.Acknowledged);
                    if (missing is null)
                    {
                        break;
                    }

                    if (watch.Elapsed > TimeSpan.FromSeconds(60))
                    {
                        _ledger.FindLost($"the list of {node.Name} does not say that {missing.Id} at {missing.Status} is {missing.Acknowledged}");
                        break;
                    }
                }
            }
        });
    }

    private async Task<StatusSnapshot?> DownloadAsync(HttpClient client, Node node, string list)
    {
        byte[] bytes;
        try
        {
            using var answer = await client.GetAsync(new Uri("/status/" + list, UriKind.Relative));
            if (!answer.IsSuccessStatusCode)
            {
                return null;
            }

            bytes = await answer.Content.ReadAsByteArrayAsync();
        }
        catch (Exception slow) when (Load.IsOutage(slow) && !node.EndedByItself)
        {
            // Asked again; for how long is up to whoever asks.
            return null;
        }

        if (!StatusListToken.TryVerify(bytes, town.Trust, null, out var snapshot, out var rejection))
        {
            _ledger.Find($"{node.Name} serves {list}, which is refused: {rejection}");
            return null;
        }

        if (_seen.TryGetValue((node.Name, list), out var before) && before.Content.IssuedAt != snapshot.Content.IssuedAt)
        {
            if (before.Content.IssuedAt > snapshot.Content.IssuedAt)
            {
                _ledger.Find($"{node.Name} serves {list} of {snapshot.Content.IssuedAt:O} after that of {before.Content.IssuedAt:O}");
            }

            var perByte = 8 / before.Content.List.Bits;
            for (var index = 0; index < before.Content.List.Count; index++)
            {
                if (before.Content.List.Bytes[index / perByte] == snapshot.Content.List.Bytes[index / perByte])
                {
                    // A million entries, of which a few have changed.
                    index += perByte - 1;
                }
                else if (before.Content.List.Get(index) == StatusValue.Invalid && snapshot.Content.List.Get(index) != StatusValue.Invalid)
                {
                    _ledger.FindLost($"{list}/{index} was withdrawn on the list of {before.Content.IssuedAt:O} and is not on that of {snapshot.Content.IssuedAt:O}");
                }
            }
        }

        _seen[(node.Name, list)] = snapshot;
        return snapshot;
    }
}
