using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OneCode.Verifier;

/// <summary>
/// Keeps the compact series of an issuer up to date (SPEC 13): by deltas where they lead, by the snapshot where they do not. A download that
/// broke off goes on where it stopped. Nothing that a server says here is believed; what cannot be had leaves what is held.
/// </summary>
internal sealed class CompactDownloads(HttpClient http, ListCache? cache, Func<CompactStatuses> held, Func<byte[], byte[], StatusListRejection?> take, Func<byte[], CompactStatusMessage?> verify)
{
    private const int LargestNames = 64 * 1024;
    private const int MostSeries = 1024;

    // Digests that this round's statements named: what is left of a download of another is worth nothing.
    private readonly HashSet<string> named = [];

    /// <summary>One round over all series that the issuer names and the caller wants.</summary>
    public async Task RefreshAsync(Uri address, Func<string, bool> wants, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(address, cancellationToken).ConfigureAwait(false);
        string? issuer = null;
        named.Clear();
        foreach (var series in names.Where(wants))
        {
            issuer = await RefreshAsync(Below(address, series), series, cancellationToken).ConfigureAwait(false) ?? issuer;
        }

        // A day's phones are over when their issuer names them no more. Age alone forgets nothing: a withdrawal counts however old it is.
        foreach (var over in held().All.Where(series => series.Issuer == issuer && !names.Contains(series.Message.Content.Series) && now >= series.Message.Content.ExpiresAt))
        {
            held().Remove(over);
            cache?.DropCompact($"{over.Issuer}-{over.Message.Content.Series}");
        }

        if (issuer is not null)
        {
            cache?.DropPartsBut(named);
        }
    }

    private async Task<string?> RefreshAsync(Uri address, string series, CancellationToken cancellationToken)
    {
        if (await GetAsync(address, CompactStatusToken.MaximumSize, cancellationToken).ConfigureAwait(false) is not { } head
            || verify(head) is not { Content.Base: null } message
            || message.Content.Series != series)
        {
            return null;
        }

        named.Add(Convert.ToHexStringLower(message.BodyDigest.Span));
        if (Held() is { } before && !before.IsAlready(message))
        {
            await FollowAsync(Below(address, $"since/{before.Message.Content.Version.ToString(CultureInfo.InvariantCulture)}"), message.Content.StateSize, cancellationToken).ConfigureAwait(false);
        }

        var now = Held();
        if (now is not null && !now.IsAlready(message) && now.Message.Content.Version > message.Content.Version)
        {
            // A cache's old statement beside new deltas: what is held by now is newer than what it names.
            return message.Issuer;
        }

        var body = now is not null && now.IsAlready(message)
            ? []
            : await StateAsync(Below(address, $"../state/{Convert.ToHexStringLower(message.BodyDigest.Span)}"), message, cancellationToken).ConfigureAwait(false);
        if (body is not null && take(head, body) is null && Held() is { } taken)
        {
            // Statement and state in one file, put in place in one step.
            cache?.WriteCompact($"{message.Issuer}-{series}", CompactDeltas.Write([(head, taken.State.Encode())]));
        }

        return message.Issuer;

        CompactSeries? Held() => held().Get(message.Issuer, series);
    }

    // Deltas one after the other; at the first that does not fit the snapshot is asked for.
    private async Task FollowAsync(Uri address, int stateSize, CancellationToken cancellationToken)
    {
        // More than the state itself is not worth having.
        if (await GetAsync(address, stateSize + (64 * 1024), cancellationToken).ConfigureAwait(false) is not { } bytes || !CompactDeltas.TryRead(bytes, out var deltas))
        {
            return;
        }

        foreach (var (delta, changes) in deltas)
        {
            if (take(delta.ToArray(), changes.ToArray()) is not null)
            {
                return;
            }
        }
    }

    private async Task<byte[]?> StateAsync(Uri address, CompactStatusMessage message, CancellationToken cancellationToken)
    {
        var name = Convert.ToHexStringLower(message.BodyDigest.Span);
        var begun = cache?.ReadPart(name, message.BodySize) ?? [];
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (begun.Length > 0)
        {
            request.Headers.Range = new RangeHeaderValue(begun.Length, null);
            request.Headers.IfRange = new RangeConditionHeaderValue($"\"{name}\"");
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            cache?.DropPart(name);
            return null;
        }

        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == begun.Length;
        var body = new byte[message.BodySize];
        var length = goesOn ? begun.Length : 0;
        begun.AsSpan(0, length).CopyTo(body);
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A state takes the time that it takes; a server that stops sending does not.
            for (int read; length < body.Length && (read = await ReadAsync(body.AsMemory(length)).ConfigureAwait(false)) > 0; length += read)
            {
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            cache?.WritePart(name, body.AsSpan(0, length));
            throw;
        }

        if (length < body.Length)
        {
            cache?.WritePart(name, body.AsSpan(0, length));
            return null;
        }

        // Whole, right or wrong: nothing to go on from.
        cache?.DropPart(name);
        return body;

        ValueTask<int> ReadAsync(Memory<byte> rest)
        {
            patience.CancelAfter(http.Timeout);
            return stream.ReadAsync(rest, patience.Token);
        }
    }

    private async Task<IReadOnlyList<string>> NamesAsync(Uri address, CancellationToken cancellationToken)
    {
        if (await GetAsync(address, LargestNames, cancellationToken).ConfigureAwait(false) is not { } json)
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("series", out var series) && series.ValueKind == JsonValueKind.Array
                ? [.. series.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)
                    .Where(name => name.Length is >= 1 and <= 16 && name.All(char.IsAsciiLetterOrDigit)).Take(MostSeries)]
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A server's word, and no JSON, or a text with half a character in it: then it offers nothing.
            return [];
        }
    }

    private async Task<byte[]?> GetAsync(Uri address, int limit, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentLength > limit)
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[Math.Min(limit, 1 << 20) + 1];
        using var whole = new MemoryStream();
        patience.CancelAfter(http.Timeout);
        for (int read; (read = await stream.ReadAsync(buffer, patience.Token).ConfigureAwait(false)) > 0;)
        {
            patience.CancelAfter(http.Timeout);
            whole.Write(buffer, 0, read);
            if (whole.Length > limit)
            {
                return null;
            }
        }

        return whole.ToArray();
    }

    private static Uri Below(Uri address, string path) => new(address.AbsoluteUri.TrimEnd('/') + "/" + path);
}
