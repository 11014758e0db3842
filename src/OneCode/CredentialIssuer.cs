using OneCode.Wire;

namespace OneCode;

/// <summary>Makes the exact bytes to be signed. Prepare, record the intent, then sign once.</summary>
public static class CredentialIssuer
{
    /// <summary>Checks the claims against the profile and lays them out.</summary>
    /// <exception cref="ArgumentException">The claims are outside SPEC 3.1: a fault of the caller, not of a citizen.</exception>
    public static PreparedCredential Prepare(CredentialClaims claims, KeyId keyId, CoseAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(claims);
        var payload = ClaimsCodec.Write(claims);

        // Linted bytes are signed bytes: what a verifier would refuse to read is never signed.
        if (ClaimsCodec.TryRead(payload, out var readBack) is { } rejection)
        {
            throw new ArgumentException($"A verifier would refuse these claims: {rejection}.", nameof(claims));
        }

        return new PreparedCredential(readBack, keyId, algorithm, CodeHeader.WriteCredential(algorithm, keyId), payload);
    }
}
