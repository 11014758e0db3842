using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OneCode;

namespace Faults;

/// <summary>
/// Holders who enrol, print, withdraw, suspend and resume, each request under a key of its own; and guards who scan what was withdrawn,
/// also while everything burns.
/// </summary>
internal sealed class Load(Town town, Ledger ledger, Luck luck)
{
    private const int Holders = 4;
    private const int Guards = 2;

    // An answer that says "as of" a moment after the acknowledgement and "valid" is wrong. One that says an earlier moment is honest,
    // but may be given for so long only while the database could be asked.
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);

    private readonly List<Task> _tasks = [];
    private readonly List<Phone> _phones = [];
    private volatile bool _paused;
    private volatile bool _ended;
    private int _busy;
    private int _serial;
    private long _acts;
    private long _scans;

    /// <summary>Since when everything has been up; null while something is down.</summary>
    public DateTimeOffset? AllUpSince { get; set; }

    public long Acts => Volatile.Read(ref _acts);

    public long Scans => Volatile.Read(ref _scans);

    public async Task StartAsync()
    {
        for (var person = 0; person < 4; person++)
        {
            _phones.Add(new Phone(town, person, await town.SignInAsync(town.Nodes[person % 2], person)));
        }

        _tasks.AddRange(Enumerable.Range(0, Holders).Select(_ => Task.Run(HoldersAsync)));
        _tasks.AddRange(Enumerable.Range(0, Guards).Select(_ => Task.Run(GuardsAsync)));
    }

    /// <summary>No new acts; those under way are finished and every unknown outcome is resolved when it returns.</summary>
    public async Task PauseAsync()
    {
        _paused = true;
        await Processes.UntilAsync(() => Task.FromResult(Volatile.Read(ref _busy) == 0), TimeSpan.FromMinutes(3), "every outcome is known");
    }

    public void Resume() => _paused = false;

    public async Task StopAsync()
    {
        await PauseAsync();
        _ended = true;
        await Task.WhenAll(_tasks);
    }

    private async Task HoldersAsync()
    {
        while (!_ended)
        {
            Interlocked.Increment(ref _busy);
            if (_paused)
            {
                Interlocked.Decrement(ref _busy);
                await Task.Delay(10);
                continue;
            }

            try
            {
                await ActAsync();
                Interlocked.Increment(ref _acts);
            }
            finally
            {
                Interlocked.Decrement(ref _busy);
            }

            await Task.Delay(luck.Next(40));
        }
    }

    private async Task ActAsync()
    {
        var dice = luck.Next(100);
        if (dice < 3)
        {
            await EnrolAsync();
        }
        else if (dice < 40)
        {
            await PrintAsync();
        }
        else
        {
            await ChangeAsync(dice < 72 ? "revoke" : dice < 86 ? "suspend" : "resume");
        }
    }

    private async Task EnrolAsync()
    {
        // Signing in is not what is tried here: with a node down there is no new phone this time.
        Phone phone;
        try
        {
            var person = luck.Next(Town.CountOfPeople);
            phone = new Phone(town, person, await town.SignInAsync(AnyNode(), person));
        }
        catch (Exception notNow) when (IsOutage(notNow))
        {
            return;
        }

        lock (_phones)
        {
            // Each phone enrols once a kind; prints are spread over the last few.
            _phones.Add(phone);
            if (_phones.Count > 40)
            {
                _phones.RemoveAt(0);
            }
        }

        try
        {
            var (body, key) = await phone.ProofAsync(AnyNode(), luck.Next(2) == 0 ? "person" : "vehicle");
            await IssueAsync(phone, body, key);
        }
        catch (Exception notNow) when (IsOutage(notNow))
        {
            // No nonce.
        }
    }

    private Task PrintAsync()
    {
        Phone phone;
        lock (_phones)
        {
            phone = _phones[luck.Next(_phones.Count)];
        }

        return IssueAsync(phone, new { kind = luck.Next(2) == 0 ? "person" : "vehicle", form = "paper" }, null);
    }

    private async Task IssueAsync(Phone phone, object body, SoftwareSigner? key)
    {
        var (status, answer) = await ResolveAsync(phone, "/api/credentials", body);
        if (status == HttpStatusCode.OK)
        {
            var credential = answer.GetProperty("credentials")[0];
            var text = credential.GetProperty("text").GetString()!;
            if (!new CredentialVerifier().TryExamine(key is null ? text : await Presentation.SignAsync(CodeText.Decode(text)!, TimeProvider.System.GetUtcNow(), key), town.Trust, out var read, out var verdict))
            {
                ledger.Find($"a code that was handed out is refused: {verdict}");
                return;
            }

            ledger.Add(new Code(credential.GetProperty("id").GetGuid(), text, read.Claims.Status, phone, key));
        }
        else if (key is null || answer.ValueKind != JsonValueKind.Object || answer.GetProperty("code").GetString() is not "invalid_proof")
        {
            // A proof's nonce may grow old while an outage lasts; nothing else is a reason to refuse.
            ledger.Find($"issuing refused: {(int)status} {answer}");
        }
    }

    private async Task ChangeAsync(string change)
    {
        var codes = ledger.Codes;
        if (codes.Count == 0)
        {
            return;
        }

        // Mostly the newest: those are the ones whose every step may be on the way somewhere.
        var code = luck.Next(4) == 0 ? codes[luck.Next(codes.Count)] : codes[^(1 + luck.Next(Math.Min(40, codes.Count)))];
        if (!await code.Turn.WaitAsync(0))
        {
            return;
        }

        try
        {
            if (code.Acknowledged == StatusValue.Invalid && change != "revoke")
            {
                return;
            }

            code.IsOpen = code.Acknowledged != StatusValue.Invalid;
            var (status, answer) = await ResolveAsync(code.Phone, $"/api/credentials/{code.Id}/{change}", new { });
            if (status == HttpStatusCode.OK)
            {
                ledger.Acknowledge(code, change switch { "revoke" => StatusValue.Invalid, "suspend" => StatusValue.Suspended, _ => StatusValue.Valid });
                code.IsOpen = false;
            }
            else
            {
                ledger.Find($"{change} of {code.Id} refused: {(int)status} {answer}");
            }
        }
        finally
        {
            code.Turn.Release();
        }
    }

    /// <summary>Asks until there is an answer that says how it ended, always under the same key, at whichever node answers.</summary>
    private async Task<(HttpStatusCode Status, JsonElement Answer)> ResolveAsync(Phone phone, string path, object body)
    {
        var key = "k" + Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture);
        for (var (watch, counted) = (Stopwatch.StartNew(), false); ;)
        {
            var reached = true;
            try
            {
                var (status, answer) = await phone.PostAsync(AnyNode(), path, body, key);
                if ((int)status < 500)
                {
                    return (status, answer);
                }

                reached = answer.ValueKind != JsonValueKind.Object || answer.GetProperty("code").GetString() != "try_later";
                if (status == HttpStatusCode.InternalServerError)
                {
                    ledger.Find($"500 at {path}: {answer}");
                }
            }
            catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // Nobody was there to hear it.
                reached = false;
            }
            catch (Exception outage) when (IsOutage(outage))
            {
                // Cut, or too slow: nobody knows.
            }

            if (reached && !counted)
            {
                counted = true;
                ledger.CountUnknown();
            }

            if (watch.Elapsed > TimeSpan.FromMinutes(2))
            {
                ledger.Find($"{path} has no outcome after two minutes");
                return (HttpStatusCode.ServiceUnavailable, default);
            }

            await Task.Delay(30 + luck.Next(100));
        }
    }

    private async Task GuardsAsync()
    {
        var clients = town.Nodes.ToDictionary(node => node, node => Town.Open(node));
        while (!_ended)
        {
            var withdrawn = ledger.Withdrawn;
            if (withdrawn.Count == 0)
            {
                await Task.Delay(50);
                continue;
            }

            var code = luck.Next(2) == 0 ? withdrawn[^(1 + luck.Next(Math.Min(20, withdrawn.Count)))] : withdrawn[luck.Next(withdrawn.Count)];
            var node = AnyNode();
            await ScanAsync(clients[node], node, code);
            Interlocked.Increment(ref _scans);
            await Task.Delay(10 + luck.Next(30));
        }

        foreach (var client in clients.Values)
        {
            client.Dispose();
        }
    }

    /// <summary>True when the node says that the code is withdrawn.</summary>
    public async Task<bool> ScanAsync(HttpClient client, Node node, Code code)
    {
        var asked = TimeProvider.System.GetUtcNow();
        try
        {
            using var answer = await client.PostAsJsonAsync("/api/verify", new { text = await code.ShowAsync() });
            if (!answer.IsSuccessStatusCode)
            {
                return false;
            }

            var verdict = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (verdict.GetProperty("verdict").GetString() != "passed")
            {
                return verdict.TryGetProperty("reason", out var reason) && reason.GetString() == "Revoked";
            }

            var asOf = verdict.GetProperty("statusAsOf").GetDateTimeOffset();
            if (asOf >= code.WithdrawnAt)
            {
                ledger.FindWrongValid($"{node.Name} says passed as of {asOf:O}, withdrawn at {code.WithdrawnAt:O}: {code.Status}");
            }
            else if (asked - code.WithdrawnAt > Promise && AllUpSince is { } since && asked - since > Promise)
            {
                ledger.FindLate($"{node.Name} says passed as of {asOf:O} at {asked:O}, withdrawn at {code.WithdrawnAt:O}: {code.Status}");
            }
        }
        catch (Exception outage) when (IsOutage(outage))
        {
            // Dead, or dying.
        }

        return false;
    }

    public static bool IsOutage(Exception exception) => exception is HttpRequestException or TaskCanceledException or IOException or JsonException;

    private Node AnyNode() => town.Nodes[luck.Next(town.Nodes.Count)];
}

#pragma warning disable RS0030 // Not for secrets: a campaign is repeated by its seed.
/// <summary>Chance that can be had again: the same seed, the same choices, as far as the machine's own timing allows.</summary>
internal sealed class Luck(int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);

    public int Next(int below)
    {
        lock (_gate)
        {
            return _random.Next(below);
        }
    }
}
#pragma warning restore RS0030
