using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Server.Connect;

/// <summary>
/// Which client secrets were found right already, so that a busy client does not pay for the slow hash at every request. It holds
/// keyed digests over the stored hash and the secret: neither can be read from it, the key dies with the process, and a rotated
/// secret has another stored hash and so is never found here.
/// </summary>
internal sealed class VerifiedSecrets
{
    /// <summary>One entry a client and secret is the rule; past this many the memory is emptied rather than searched for the oldest.</summary>
    private const int Most = 10_000;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<Digest, bool> _right = new();

    public bool Contains(string secret, string storedHash) => _right.ContainsKey(DigestOf(secret, storedHash));

    /// <summary>Only for a secret that the slow hash has just confirmed. A wrong one is never remembered: guesses must stay slow.</summary>
    public void Remember(string secret, string storedHash)
    {
        if (_right.Count >= Most)
        {
            _right.Clear();
        }

        _right[DigestOf(secret, storedHash)] = true;
    }

    private Digest DigestOf(string secret, string storedHash)
    {
        // The stored hash is base64: it holds no NUL, so the two cannot run into each other.
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{storedHash}\0{secret}"), digest);
        return new Digest(new UInt128(BitConverter.ToUInt64(digest), BitConverter.ToUInt64(digest[8..])), new UInt128(BitConverter.ToUInt64(digest[16..]), BitConverter.ToUInt64(digest[24..])));
    }

    private readonly record struct Digest(UInt128 First, UInt128 Last);
}
