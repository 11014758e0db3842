using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using OneCode.Wire;

namespace OneCode;

/// <summary>
/// Anybody's Token Status List, read by the draft alone: as JWT or CWT, 1, 2, 4 or 8 bits, members in any order, <c>exp</c> and <c>ttl</c> as they
/// like. For checking documents that are not OC1. OC1 codes are judged by <see cref="StatusListToken"/>, which is stricter: it
/// wants both times, a key of the trust list and one encoding.
/// </summary>
public sealed class TokenStatusList
{
    /// <summary>The most that is inflated: the draft's largest example has a quarter of it.</summary>
    public const int MaximumBytes = 4 << 20;

    private const int MaximumTokenBytes = 8 << 20;
    private const int MaximumItems = 64;
    private const string JwtType = "statuslist+jwt";

    private readonly byte[] entries;

    private TokenStatusList(byte[] entries, int bits, string? aggregationUri)
    {
        this.entries = entries;
        Bits = bits;
        AggregationUri = aggregationUri;
    }

    /// <summary><c>sub</c>: must equal the <c>uri</c> of the document that is checked.</summary>
    public string Uri { get; private init; } = string.Empty;

    /// <summary><c>iat</c></summary>
    public DateTimeOffset IssuedAt { get; private init; }

    /// <summary><c>exp</c>, if there is one: nothing is known from then on.</summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary><c>ttl</c>, if there is one: when to look for a newer one.</summary>
    public TimeSpan? TimeToLive { get; private init; }

    /// <summary>Where the issuer says what lists it has.</summary>
    public string? AggregationUri { get; }

    /// <summary>Bits an entry.</summary>
    public int Bits { get; }

    /// <summary>How many entries there are.</summary>
    public int Count => entries.Length * (8 / Bits);

    /// <summary>The value at an index; null beyond the end, where the list says nothing.</summary>
    public int? Get(int index)
    {
        var perByte = 8 / Bits;
        return index >= 0 && index < Count ? (entries[index / perByte] >> (index % perByte * Bits)) & ((1 << Bits) - 1) : null;
    }

    /// <summary>Reads a JWT (ASCII) or a CWT that the key signed with ES256. False at anything else; never throws on what was downloaded.</summary>
    public static bool TryRead(ReadOnlySpan<byte> token, PublicKey key, [NotNullWhen(true)] out TokenStatusList? list)
    {
        ArgumentNullException.ThrowIfNull(key);
        list = null;
        return key.Algorithm == CoseAlgorithm.Es256 && token.Length <= MaximumTokenBytes && !token.IsEmpty && (token[0] == 'e' ? TryReadJwt(token, key, out list) : TryReadCwt(token, key, out list));
    }

    /// <summary>Reads the StatusList map of the draft's CBOR encoding, unsigned.</summary>
    internal static bool TryReadCbor(ReadOnlySpan<byte> map, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        return DeterministicCbor.IsValidInAnyOrder(map, MaximumItems) && TryReadList(map, out list);
    }

    /// <summary>Reads the StatusList object of the draft's JSON encoding, unsigned.</summary>
    internal static bool TryReadJson(JsonElement json, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        return json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty("bits", out var bits) && bits.ValueKind == JsonValueKind.Number && bits.TryGetInt32(out var number)
            && json.TryGetProperty("lst", out var lst) && lst.ValueKind == JsonValueKind.String && TryDecode(lst.GetString()!, out var bytes)
            && TryText(json, "aggregation_uri", out var aggregation)
            && TryMake(bytes, number, aggregation, out list);
    }

    private static bool TryMake(ReadOnlySpan<byte> lst, long bits, string? aggregationUri, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = bits is 1 or 2 or 4 or 8 && Zlib.TryInflate(lst, MaximumBytes, out var bytes) ? new TokenStatusList(bytes, (int)bits, aggregationUri) : null;
        return list is not null;
    }

    private TokenStatusList With(string uri, long issuedAt, long? expiresAt, long? timeToLive) => new(entries, Bits, AggregationUri)
    {
        Uri = uri,
        IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
        ExpiresAt = expiresAt is { } end ? DateTimeOffset.FromUnixTimeSeconds(end) : null,
        TimeToLive = timeToLive is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    private static bool TryReadCwt(ReadOnlySpan<byte> token, PublicKey key, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        var reader = new CborReader(token);
        if (!DeterministicCbor.IsValidInAnyOrder(token, MaximumItems)
            || !reader.TryReadTag(Labels.CoseSign1) || !reader.TryReadArray(4)
            || !reader.TryReadBytes(out var header) || !reader.TryReadMap(out var unprotected))
        {
            return false;
        }

        // A kid may stand in the unprotected header; nothing is read from there, since the caller brings the key.
        for (var i = 0; i < 2 * unprotected; i++)
        {
            reader.Skip();
        }

        return reader.TryReadBytes(out var payload)
            && reader.TryReadBytes(Labels.SignatureSize, out var signature)
            && IsHeader(header)
            && key.HasSigned(CoseSign1.ToBeSigned(header, payload), signature)
            && TryReadClaims(payload, out list);
    }

    private static bool IsHeader(ReadOnlySpan<byte> header)
    {
        if (!DeterministicCbor.IsValidInAnyOrder(header, MaximumItems))
        {
            return false;
        }

        var reader = new CborReader(header);
        _ = reader.TryReadMap(out var pairs);
        bool hasType = false, hasAlgorithm = false;
        for (var i = 0; i < pairs; i++)
        {
            // crit is refused: none of its labels is known here.
            if (!reader.TryReadInteger(out var label) || label == 2)
            {
                return false;
            }

            hasAlgorithm |= label == Labels.Algorithm && reader.TryReadInteger((long)CoseAlgorithm.Es256, (long)CoseAlgorithm.Es256, out _);
            hasType |= label == Labels.Type && reader.TryReadUtf8(out var type) && type.SequenceEqual("application/statuslist+cwt"u8);
            if (label is not (Labels.Algorithm or Labels.Type))
            {
                reader.Skip();
            }
            else if (label == Labels.Algorithm ? !hasAlgorithm : !hasType)
            {
                return false;
            }
        }

        return hasType && hasAlgorithm;
    }

    private static bool TryReadClaims(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        var reader = new CborReader(payload);
        if (!DeterministicCbor.IsValidInAnyOrder(payload, MaximumItems) || !reader.TryReadMap(out var pairs))
        {
            return false;
        }

        string? uri = null;
        long? issuedAt = null, expiresAt = null, timeToLive = null;
        for (var i = 0; i < pairs; i++)
        {
            if (!reader.TryReadInteger(out var label))
            {
                // Other claims may be there and may be named by text.
                reader.Skip();
                reader.Skip();
                continue;
            }

            long seconds = 0;
            var fits = label switch
            {
                Labels.Subject => reader.TryReadText(2048, out uri!),
                Labels.IssuedAt or Labels.ExpiresAt => reader.TryReadInteger(0, Labels.LastSecond, out seconds),
                Labels.TimeToLive => reader.TryReadInteger(1, Labels.LastSecond, out seconds),
                Labels.StatusList => TryReadList(reader.ReadEncoded(), out list),
                _ => !reader.ReadEncoded().IsEmpty,
            };
            if (!fits)
            {
                return false;
            }

            issuedAt = label == Labels.IssuedAt ? seconds : issuedAt;
            expiresAt = label == Labels.ExpiresAt ? seconds : expiresAt;
            timeToLive = label == Labels.TimeToLive ? seconds : timeToLive;
        }

        list = uri is not null && issuedAt is { } at ? list?.With(uri, at, expiresAt, timeToLive) : null;
        return list is not null;
    }

    private static bool TryReadList(ReadOnlySpan<byte> map, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        var reader = new CborReader(map);
        if (!reader.TryReadMap(out var pairs))
        {
            return false;
        }

        ReadOnlySpan<byte> lst = default;
        long bits = 0;
        string? aggregation = null;
        for (var i = 0; i < pairs; i++)
        {
            if (!reader.TryReadUtf8(out var name)
                || !(name.SequenceEqual("bits"u8) ? reader.TryReadInteger(1, 8, out bits)
                    : name.SequenceEqual("lst"u8) ? reader.TryReadBytes(out lst)
                    : name.SequenceEqual("aggregation_uri"u8) ? reader.TryReadText(2048, out aggregation!)
                    : !reader.ReadEncoded().IsEmpty))
            {
                return false;
            }
        }

        return TryMake(lst, bits, aggregation, out list);
    }

    private static bool TryReadJwt(ReadOnlySpan<byte> token, PublicKey key, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        var first = token.IndexOf((byte)'.');
        var last = token.LastIndexOf((byte)'.');
        if (first <= 0 || last <= first
            || !TryDecode(token[..first], out var header) || !TryDecode(token[(first + 1)..last], out var payload) || !TryDecode(token[(last + 1)..], out var signature)
            || signature.Length != Labels.SignatureSize
            || !key.HasSigned(token[..last], signature))
        {
            return false;
        }

        try
        {
            // A member twice has two meanings.
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            using var head = JsonDocument.Parse(header, strict);
            using var body = JsonDocument.Parse(payload, strict);
            if (head.RootElement.ValueKind != JsonValueKind.Object || body.RootElement.ValueKind != JsonValueKind.Object
                || !TryText(head.RootElement, "typ", out var type) || type != JwtType
                || !TryText(head.RootElement, "alg", out var algorithm) || algorithm != "ES256"
                || head.RootElement.TryGetProperty("crit", out _)
                || !TryText(body.RootElement, "sub", out var uri) || uri is null
                || !TrySeconds(body.RootElement, "iat", out var issuedAt) || issuedAt is not { } at
                || !TrySeconds(body.RootElement, "exp", out var expiresAt)
                || !TrySeconds(body.RootElement, "ttl", out var timeToLive) || timeToLive == 0
                || !body.RootElement.TryGetProperty("status_list", out var entries)
                || !TryReadJson(entries, out var read))
            {
                return false;
            }

            list = read.With(uri, at, expiresAt, timeToLive);
            return true;
        }
        catch (JsonException)
        {
            // JSON that is none: an answer about the token.
            return false;
        }
    }

    private static bool TryText(JsonElement json, string name, out string? text)
    {
        text = null;
        if (!json.TryGetProperty(name, out var member))
        {
            return true;
        }

        text = member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        return text is not null;
    }

    private static bool TrySeconds(JsonElement json, string name, out long? seconds)
    {
        seconds = null;
        if (!json.TryGetProperty(name, out var member))
        {
            return true;
        }

        // NumericDate may have a fraction.
        seconds = member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var value) && value is >= 0 and <= Labels.LastSecond ? (long)value : null;
        return seconds is not null;
    }

    private static bool TryDecode(ReadOnlySpan<byte> base64Url, out byte[] bytes) => TryDecode(Encoding.ASCII.GetString(base64Url), out bytes);

    private static bool TryDecode(string base64Url, out byte[] bytes)
    {
        bytes = [];
        if (base64Url.Contains('=', StringComparison.Ordinal) || !Base64Url.IsValid(base64Url))
        {
            return false;
        }

        bytes = Base64Url.DecodeFromChars(base64Url);
        return true;
    }
}
