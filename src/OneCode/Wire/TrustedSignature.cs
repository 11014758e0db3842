namespace OneCode.Wire;

/// <summary>SPEC 6, step 5, for credentials and status lists alike.</summary>
internal static class TrustedSignature
{
    /// <summary>Null when one of the candidates signed. The key decides the algorithm; the header's is only compared with it.</summary>
    public static Rejection? Check(in CoseSign1 message, long algorithm, ReadOnlySpan<TrustedKey> candidates, out TrustedKey? signer)
    {
        signer = null;
        var rejection = Rejection.AlgorithmMismatch;
        foreach (var candidate in candidates)
        {
            if ((long)candidate.PublicKey.Algorithm != algorithm)
            {
                continue;
            }

            rejection = Rejection.SignatureInvalid;
            if (message.IsSignedBy(candidate.PublicKey))
            {
                signer = candidate;
                return null;
            }
        }

        return rejection;
    }
}
