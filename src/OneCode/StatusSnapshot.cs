using System.Security.Cryptography;

namespace OneCode;

/// <summary>A status list that a key of the trust list signed. Only <see cref="StatusListToken"/> makes one.</summary>
public sealed class StatusSnapshot
{
    private readonly byte[] digest;

    internal StatusSnapshot(StatusListContent content, TrustedKey signedBy, ReadOnlySpan<byte> payload)
    {
        Content = content;
        SignedBy = signedBy;
        digest = SHA256.HashData(payload);
    }

    /// <summary>What it says.</summary>
    public StatusListContent Content { get; }

    /// <summary>Who vouches for it.</summary>
    public TrustedKey SignedBy { get; }

    /// <summary>The region that it speaks for.</summary>
    public string Issuer => SignedBy.Issuer;

    /// <summary>Whether this list may take the held one's place: forwards only, or a revocation could be undone by an old file. The same payload is of the same moment.</summary>
    public bool MayReplace(StatusSnapshot? held) =>
        held is null
        || Content.IssuedAt > held.Content.IssuedAt
        || digest.AsSpan().SequenceEqual(held.digest);

    /// <summary>The answer about one index.</summary>
    public StatusAnswer Find(int index) => index >= 0 && index < Content.List.Count
        ? StatusAnswer.Known(Content.List.Get(index), Content.IssuedAt, Content.ExpiresAt)
        : StatusAnswer.TooShort(Content.IssuedAt);
}
