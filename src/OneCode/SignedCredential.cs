namespace OneCode;

/// <summary>A credential as issued.</summary>
public sealed class SignedCredential
{
    internal SignedCredential(CredentialClaims claims, byte[] bytes)
    {
        Claims = claims;
        Bytes = bytes;
    }

    /// <summary>What it says.</summary>
    public CredentialClaims Claims { get; }

    /// <summary>The COSE_Sign1.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The <c>OC1:</c> text. Of a phone credential: what the phone keeps and wraps, not what it shows.</summary>
    public string CodeText => OneCode.CodeText.Encode(Bytes.Span);

    /// <summary>The URL text for paper (SPEC 2).</summary>
    public string PrintText(string host) => OneCode.CodeText.EncodePrint(Bytes.Span, host);
}
