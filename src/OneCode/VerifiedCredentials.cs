using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OneCode;

/// <summary>
/// What was verified lately, found by the digest of the very bytes. Two generations: when the young one is full it becomes the old one, and
/// what the old one still held is forgotten. So it is bounded, needs no clock, and keeps what is used.
/// </summary>
internal sealed class VerifiedCredentials(int capacity)
{
    private readonly int generation = (capacity + 1) / 2;
    private readonly Lock turning = new();
    private ConcurrentDictionary<Digest, VerifiedCredential> young = new();
    private ConcurrentDictionary<Digest, VerifiedCredential> old = new();

    /// <summary>Only under a key that the trust list of today still has: a memory must not outlive a withdrawal.</summary>
    public bool TryFind(ReadOnlySpan<byte> credential, ReadOnlySpan<TrustedKey> candidates, [NotNullWhen(true)] out VerifiedCredential? verified)
    {
        verified = null;
        var digest = Digest.Of(credential);
        if (!young.TryGetValue(digest, out var found))
        {
            if (!old.TryGetValue(digest, out found))
            {
                return false;
            }

            Keep(digest, found);
        }

        foreach (var candidate in candidates)
        {
            if (candidate.PublicKey.Equals(found.SignedBy.PublicKey))
            {
                verified = ReferenceEquals(candidate, found.SignedBy) ? found : found with { SignedBy = candidate };
                return true;
            }
        }

        return false;
    }

    public void Keep(ReadOnlySpan<byte> credential, VerifiedCredential verified)
    {
        if (capacity > 0)
        {
            Keep(Digest.Of(credential), verified);
        }
    }

    private void Keep(Digest digest, VerifiedCredential verified)
    {
        if (young.TryAdd(digest, verified) && young.Count >= generation)
        {
            lock (turning)
            {
                // Unless another thread turned them meanwhile.
                if (young.Count >= generation)
                {
                    old = young;
                    young = new ConcurrentDictionary<Digest, VerifiedCredential>();
                }
            }
        }
    }

    private readonly record struct Digest(Int128 High, Int128 Low)
    {
        public static Digest Of(ReadOnlySpan<byte> bytes)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes, hash);
            return new Digest(
                BinaryPrimitives.ReadInt128LittleEndian(hash),
                BinaryPrimitives.ReadInt128LittleEndian(hash[16..]));
        }
    }
}
