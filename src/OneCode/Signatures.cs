using OneCode.Wire;

namespace OneCode;

internal static class Signatures
{
    /// <summary>A signer that answers in another form (DER, say) is a fault of ours and must not become a code that nobody can read.</summary>
    public static byte[] Checked(byte[] signature) => signature is { Length: Labels.SignatureSize }
        ? signature
        : throw new InvalidOperationException("The signer did not give 64 bytes, r || s.");
}
