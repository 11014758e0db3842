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
    private const int LongestUri = 2048;
    private const int Critical = 2;

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
        var reader = Open(map);
        ReadOnlySpan<byte> lst = default;
        long bits = 0;
        string? aggregation = null;
        for (var left = reader.Map(); left > 0; left--)
        {
            reader.Require(reader.TryReadUtf8(out var name));
            if (name.SequenceEqual("bits"u8))
            {
                bits = reader.Integer();
            }
            else if (name.SequenceEqual("lst"u8))
            {
                lst = reader.Bytes();
            }
            else if (name.SequenceEqual("aggregation_uri"u8))
            {
                reader.Require(reader.TryReadText(LongestUri, out aggregation));
            }
            else
            {
                reader.Skip();
            }
        }

        list = null;
        return reader.IsRight && TryMake(lst, bits, aggregation, out list);
    }

    /// <summary>Reads the StatusList object of the draft's JSON encoding, unsigned.</summary>
    internal static bool TryReadJson(JsonElement json, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        return json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty("bits", out var bits) && bits.ValueKind == JsonValueKind.Number && bits.TryGetInt32(out var number)
            && Text(json, "lst") is { } text && TryDecode(text, out var lst)
            && (!json.TryGetProperty("aggregation_uri", out var aggregation) || aggregation.ValueKind == JsonValueKind.String)
            && TryMake(lst, number, Text(json, "aggregation_uri"), out list);
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

    private static CborReader Open(ReadOnlySpan<byte> item)
    {
        var reader = new CborReader(item);
        reader.Require(DeterministicCbor.IsValidInAnyOrder(item, MaximumItems));
        return reader;
    }

    private static bool TryReadCwt(ReadOnlySpan<byte> token, PublicKey key, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        var reader = Open(token);
        reader.Tag(Labels.CoseSign1);
        reader.Array(4);
        var header = reader.Bytes();

        // A kid may stand in the unprotected header; nothing is read from there, since the caller brings the key.
        for (var left = 2 * reader.Map(); left > 0; left--)
        {
            reader.Skip();
        }

        var payload = reader.Bytes();
        var signature = reader.Bytes(Labels.SignatureSize);
        return reader.IsRight && IsHeader(header) && key.HasSigned(CoseSign1.ToBeSigned(header, payload), signature) && TryReadClaims(payload, out list);
    }

    private static bool IsHeader(ReadOnlySpan<byte> header)
    {
        // No label is there twice, so two that were wanted are both.
        var wanted = 0;
        var reader = Open(header);
        for (var left = reader.Map(); left > 0; left--)
        {
            switch (reader.Integer())
            {
                case Labels.Algorithm:
                    reader.Integer((long)CoseAlgorithm.Es256, (long)CoseAlgorithm.Es256);
                    wanted++;
                    break;
                case Labels.Type:
                    reader.Require(reader.TryReadUtf8(out var type) && type.SequenceEqual("application/statuslist+cwt"u8));
                    wanted++;
                    break;
                case Critical:
                    // None of its labels is known here.
                    return false;
                default:
                    reader.Skip();
                    break;
            }
        }

        return reader.IsRight && wanted == 2;
    }

    private static bool TryReadClaims(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        string? uri = null;
        long? issuedAt = null, expiresAt = null, timeToLive = null;
        var reader = Open(payload);
        for (var left = reader.Map(); left > 0; left--)
        {
            switch (reader.Key())
            {
                case Labels.Subject:
                    reader.Require(reader.TryReadText(LongestUri, out uri));
                    break;
                case Labels.IssuedAt:
                    issuedAt = reader.Seconds();
                    break;
                case Labels.ExpiresAt:
                    expiresAt = reader.Seconds();
                    break;
                case Labels.TimeToLive:
                    timeToLive = reader.Integer(1, Labels.LastSecond);
                    break;
                case Labels.StatusList:
                    reader.Require(TryReadCbor(reader.ReadEncoded(), out list));
                    break;
                default:
                    // Other claims may be there and may be named by text.
                    reader.Skip();
                    break;
            }
        }

        list = reader.IsRight && uri is not null && issuedAt is { } at ? list?.With(uri, at, expiresAt, timeToLive) : null;
        return list is not null;
    }

    private static bool TryReadJwt(ReadOnlySpan<byte> token, PublicKey key, [NotNullWhen(true)] out TokenStatusList? list)
    {
        list = null;
        if (Encoding.ASCII.GetString(token).Split('.', 4) is not [var first, var second, var third]
            || !TryDecode(first, out var header) || !TryDecode(second, out var payload) || !TryDecode(third, out var signature)
            || !key.HasSigned(token[..^(third.Length + 1)], signature))
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
                || Text(head.RootElement, "typ") != "statuslist+jwt"
                || Text(head.RootElement, "alg") != "ES256"
                || head.RootElement.TryGetProperty("crit", out _)
                || Text(body.RootElement, "sub") is not { } uri
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
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // JSON that is none, or a text with half a character in it, which the framework notices only when it is asked for: an answer about the token.
            return false;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

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

    private static bool TryDecode(string base64Url, out byte[] bytes)
    {
        bytes = new byte[base64Url.Length];
        if (!CodeText.TryDecodeBase64Url(base64Url, bytes, out var written))
        {
            return false;
        }

        bytes = bytes[..written];
        return true;
    }
}
