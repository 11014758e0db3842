using OneCode.Wire;

namespace OneCode;

/// <summary>What a status list and a compact statement have in common: a header of three labels, and a key of the trust list that may sign such a thing (SPEC 8.1, 13.4).</summary>
internal static class StatusSignature
{
    /// <param name="keyId">The signer's.</param>
    /// <param name="algorithm">The signer's.</param>
    /// <param name="type">The value of <c>typ</c>, encoded.</param>
    public static byte[] Header(KeyId keyId, CoseAlgorithm algorithm, ReadOnlySpan<byte> type) => new CborWriter().Map(3)
        .Integer(Labels.Algorithm).Integer((long)algorithm)
        .Integer(Labels.KeyId).Bytes(keyId.ToBytes())
        .Integer(Labels.Type).Encoded(type)
        .ToArray();

    /// <summary>Null when a key of the trust list signed the message; else why not.</summary>
    public static StatusListRejection? Check(ReadOnlySpan<byte> bytes, int maximumSize, ReadOnlySpan<byte> type, TrustList trust, out CoseSign1 message, out TrustedKey? key)
    {
        key = null;
        message = default;

        // SPEC.md step S1.
        if (bytes.Length > maximumSize || !CoseSign1.TryRead(bytes, Labels.CodeItems, out message))
        {
            return StatusListRejection.Malformed;
        }

        // SPEC.md step S2. With three labels, of which these are the first two, typ is the third.
        if (!HasType(message.Protected, type))
        {
            return StatusListRejection.UnexpectedType;
        }

        var reader = new CborReader(message.Protected);
        reader.Map(3);
        var algorithm = reader.At(Labels.Algorithm).Integer();
        var keyId = reader.At(Labels.KeyId).Bytes(KeyId.Size);
        if (!reader.IsRight)
        {
            return StatusListRejection.Malformed;
        }

        // SPEC.md step S3.
        var candidates = trust.Find(new KeyId(keyId));
        if (candidates.IsEmpty)
        {
            return StatusListRejection.KeyNotInTrustList;
        }

        return TrustedSignature.Check(message, algorithm, candidates, out key) switch
        {
            TrustedSignature.Answer.Signed => null,
            TrustedSignature.Answer.AlgorithmMismatch => StatusListRejection.AlgorithmMismatch,
            TrustedSignature.Answer.AlgorithmUnsupported => StatusListRejection.AlgorithmUnsupported,
            _ => StatusListRejection.SignatureInvalid,
        };
    }

    /// <summary>Null when the key may vouch for a status as of that time (SPEC.md step S5); else why not.</summary>
    public static StatusListRejection? OutOfScope(TrustedKey key, DateTimeOffset issuedAt) =>
        key.WithdrawnSince is not null ? StatusListRejection.KeyWithdrawn
        : key.Purpose != KeyPurpose.StatusList ? StatusListRejection.PurposeMismatch
        : key.IsInForceAt(issuedAt) ? null : StatusListRejection.KeyNotInForce;

    private static bool HasType(ReadOnlySpan<byte> header, ReadOnlySpan<byte> type)
    {
        var reader = new CborReader(header);
        for (var pairs = reader.Map(); pairs > 0; pairs--)
        {
            var label = reader.Key();
            var value = reader.ReadEncoded();
            if (label == Labels.Type)
            {
                return value.SequenceEqual(type);
            }
        }

        return false;
    }
}
