using System.Collections.Frozen;
using System.Security.Cryptography;

namespace OneCode;

/// <summary>A trust list that a threshold of roots signed. Only <see cref="TrustListToken"/> makes one.</summary>
public sealed class TrustList
{
    private readonly FrozenDictionary<KeyId, TrustedKey[]> byKeyId;
    private readonly byte[] payloadDigest;

    internal TrustList(TrustListContent content, ReadOnlySpan<byte> payload, SignatureAlgorithms algorithms)
    {
        Content = content;
        Algorithms = algorithms;
        payloadDigest = SHA256.HashData(payload);
        byKeyId = content.Keys.GroupBy(key => key.PublicKey.KeyId).ToFrozenDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>What the roots signed.</summary>
    public TrustListContent Content { get; }

    /// <summary>What the verifier that took it in speaks: phones' keys are checked with these too.</summary>
    internal SignatureAlgorithms Algorithms { get; }

    /// <summary>Stands for this list in memories of what was examined under it.</summary>
    internal object Identity { get; } = new();

    /// <summary>All keys with this id: a hint, so there may be more than one.</summary>
    public ReadOnlySpan<TrustedKey> Find(KeyId keyId) => byKeyId.TryGetValue(keyId, out var keys) ? keys : default;

    /// <summary>What a level that a region's code names counts for where this list is believed (SPEC 7.5).</summary>
    public int CountsFor(string issuer, int level)
    {
        foreach (var row in Content.Levels)
        {
            if (row.Issuer == issuer)
            {
                return row.CountsFor(level);
            }
        }

        return level;
    }

    /// <summary>
    /// Whether this list may take the held one's place (SPEC 7.4, step 5): it is newer, or the very same. A list that goes back, or two lists of one version,
    /// are how a withdrawn key returns.
    /// </summary>
    public bool MayReplace(TrustList? held) =>
        held is null
        || Content.Version > held.Content.Version
        || payloadDigest.AsSpan().SequenceEqual(held.payloadDigest);
}
