using System.Security.Cryptography;

namespace OneCode;

/// <summary>A statement about a state that a key of the trust list signed. Only <see cref="CompactStatusToken"/> makes one; the state itself comes apart from it.</summary>
public sealed class CompactStatusMessage
{
    internal CompactStatusMessage(CompactStatusContent content, TrustedKey signedBy)
    {
        Content = content;
        SignedBy = signedBy;
    }

    /// <summary>What it says.</summary>
    public CompactStatusContent Content { get; }

    /// <summary>Who vouches for it.</summary>
    public TrustedKey SignedBy { get; }

    /// <summary>The region that it speaks for.</summary>
    public string Issuer => SignedBy.Issuer;

    /// <summary>Bytes to be fetched: the state, or the changes of a delta.</summary>
    public int BodySize => Content.Base?.ChangesSize ?? Content.StateSize;

    /// <summary>SHA-256 of those bytes, which is their address too.</summary>
    public ReadOnlyMemory<byte> BodyDigest => Content.Base?.ChangesDigest ?? Content.StateDigest;

    internal bool IsBody(ReadOnlySpan<byte> body) => body.Length == BodySize && SHA256.HashData(body).AsSpan().SequenceEqual(BodyDigest.Span);
}
