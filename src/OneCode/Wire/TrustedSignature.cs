namespace OneCode.Wire;

/// <summary>SPEC 6, step 5, for credentials and status lists alike.</summary>
internal static class TrustedSignature
{
    /// <summary>How the candidates answer. The key decides the algorithm; the header's is only compared with it.</summary>
    public static Answer Check(in CoseSign1 message, long algorithm, ReadOnlySpan<TrustedKey> candidates, out TrustedKey? signer)
    {
        signer = null;
        var answer = Answer.AlgorithmMismatch;
        foreach (var candidate in candidates)
        {
            if ((long)candidate.PublicKey.Algorithm != algorithm)
            {
                continue;
            }

            if (!candidate.PublicKey.CanCheck)
            {
                // All candidates of this algorithm are alike in that.
                return Answer.AlgorithmUnsupported;
            }

            answer = Answer.SignatureInvalid;
            if (message.IsSignedBy(candidate.PublicKey))
            {
                signer = candidate;
                return Answer.Signed;
            }
        }

        return answer;
    }

    internal enum Answer
    {
        Signed,
        AlgorithmMismatch,
        AlgorithmUnsupported,
        SignatureInvalid,
    }
}
