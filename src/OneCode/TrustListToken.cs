using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>The signed form of a trust list: COSE_Sign, one signature a root (SPEC 7.2, 7.4).</summary>
public static class TrustListToken
{
    /// <summary>Larger lists are refused unread.</summary>
    public const int MaximumSize = 1 << 20;

    private const int MaximumSignatures = 16;

    private static ReadOnlySpan<byte> PlainHeader => [0xa1, 0x10, 0x19, 0xfd, 0xea];

    private static ReadOnlySpan<byte> HeaderWithLevels => [0xa1, 0x10, 0x19, 0xfd, 0xed];

    /// <summary>Lays a list out for its signers.</summary>
    /// <exception cref="ArgumentException">The content is outside SPEC 7.2.</exception>
    public static PreparedTrustList Prepare(TrustListContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var payload = TrustListCodec.Write(content);
        return TrustListCodec.TryRead(payload, SignatureAlgorithms.Es256Only, content.Levels.Count > 0, out _)
            ? new PreparedTrustList(HeaderOf(content).ToArray(), payload)
            : throw new ArgumentException("A verifier would refuse this trust list.", nameof(content));
    }

    /// <summary>Checks a list against the roots, and against the one held if there is one (SPEC.md section 7.4). Never throws on what was downloaded.</summary>
    public static bool TryVerify(
        ReadOnlySpan<byte> bytes,
        TrustRoots roots,
        TrustList? held,
        [NotNullWhen(true)] out TrustList? list,
        [NotNullWhen(false)] out TrustListRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(roots);
        list = null;

        // SPEC.md step T1.
        if (bytes.Length > MaximumSize)
        {
            rejection = TrustListRejection.Malformed;
            return false;
        }

        var reader = CborReader.Of(bytes, Labels.ListItems);
        if (reader.TryReadTag(Labels.CoseSign1))
        {
            // A credential or a status list where a trust list belongs: say so rather than "damaged".
            rejection = TrustListRejection.UnexpectedType;
            return false;
        }

        if (!TryReadMessage(ref reader, out var protectedHeader, out var payload, out var signatures))
        {
            rejection = TrustListRejection.Malformed;
            return false;
        }

        var hasLevels = protectedHeader.SequenceEqual(HeaderWithLevels);
        if (!hasLevels && !protectedHeader.SequenceEqual(PlainHeader))
        {
            rejection = TrustListRejection.UnexpectedType;
            return false;
        }

        // SPEC.md step T2 and SPEC.md step T3: signatures of different roots, and enough of them.
        rejection = CountRoots(ref reader, signatures, protectedHeader, payload, roots, out var verified);
        if (rejection is not null)
        {
            return false;
        }

        if (verified < roots.Threshold)
        {
            rejection = TrustListRejection.ThresholdNotMet;
            return false;
        }

        // SPEC.md step T4. From here on the words are the roots'.
        if (!TrustListCodec.TryRead(payload, roots.Algorithms, hasLevels, out var content))
        {
            rejection = TrustListRejection.Malformed;
            return false;
        }

        // SPEC.md step T5. Forwards only.
        list = new TrustList(content, payload, roots.Algorithms);
        if (!list.MayReplace(held))
        {
            list = null;
            rejection = TrustListRejection.Rollback;
            return false;
        }

        return true;
    }

    internal static ReadOnlySpan<byte> HeaderOf(TrustListContent content) => content.Levels.Count > 0 ? HeaderWithLevels : PlainHeader;

    internal static byte[] ToBeSigned(ReadOnlySpan<byte> bodyProtected, ReadOnlySpan<byte> signProtected, ReadOnlySpan<byte> payload) =>
        new CborWriter().Array(5).Text("Signature").Bytes(bodyProtected).Bytes(signProtected).Bytes([]).Bytes(payload).ToArray();

    internal static byte[] SignatureHeader(CoseAlgorithm algorithm, KeyId keyId) => new CborWriter().Map(2)
        .Integer(Labels.Algorithm).Integer((long)algorithm)
        .Integer(Labels.KeyId).Bytes(keyId.ToBytes())
        .ToArray();

    internal static bool TryReadMessage(ref CborReader reader, out ReadOnlySpan<byte> protectedHeader, out ReadOnlySpan<byte> payload, out int signatures)
    {
        reader.Tag(Labels.CoseSign);
        reader.Array(4);
        protectedHeader = reader.Bytes();
        reader.Map(0);
        payload = reader.Bytes();
        signatures = reader.Array();
        reader.Require(signatures is >= 1 and <= MaximumSignatures);
        return reader.IsRight;
    }

    internal static TrustListRejection? CountRoots(
        ref CborReader reader, int signatures, scoped ReadOnlySpan<byte> protectedHeader, scoped ReadOnlySpan<byte> payload, TrustRoots roots, out int verified)
    {
        verified = 0;
        var seen = new HashSet<KeyId>();
        for (var i = 0; i < signatures; i++)
        {
            reader.Array(3);
            var signProtected = reader.Bytes();
            reader.Map(0);
            var signature = reader.Bytes(Labels.SignatureSize);
            if (!reader.IsRight || !TryReadSignatureHeader(signProtected, out var algorithm, out var keyId) || !seen.Add(keyId))
            {
                return TrustListRejection.Malformed;
            }

            // Signatures of keys that are not roots of ours are of roots to come.
            if (roots.Find(keyId) is not { } root)
            {
                continue;
            }

            if (algorithm != (long)root.Algorithm
                || !root.HasSigned(ToBeSigned(protectedHeader, signProtected, payload), signature))
            {
                return TrustListRejection.SignatureInvalid;
            }

            verified++;
        }

        return null;
    }

    private static bool TryReadSignatureHeader(ReadOnlySpan<byte> bytes, out long algorithm, out KeyId keyId)
    {
        var reader = CborReader.Of(bytes, Labels.CodeItems);
        reader.Map(2);
        algorithm = reader.At(Labels.Algorithm).Integer();
        var id = reader.At(Labels.KeyId).Bytes(KeyId.Size);
        keyId = reader.IsRight ? new KeyId(id) : default;
        return reader.IsRight;
    }
}
