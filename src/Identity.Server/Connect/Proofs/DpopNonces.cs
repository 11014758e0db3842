using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// Nonces of RFC 9449 8 that need no storage: the time, randomness, and a keyed digest of both. Any node checks what another gave out.
/// A proof made in advance, on a machine that was borrowed for a moment, has none that is fresh.
/// </summary>
internal sealed class DpopNonces(byte[] key, TimeProvider clock)
{
    /// <summary>Until then a client may use the newest one it has seen.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int BodyLength = 16;
    private const int MacLength = 16;
    private const int TextLength = 43;

    // Another node's clock may run a little ahead.
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(30);

    public string Create()
    {
        Span<byte> nonce = stackalloc byte[BodyLength + MacLength];
        BinaryPrimitives.WriteInt64BigEndian(nonce, clock.GetUtcNow().ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(nonce[8..BodyLength]);
        HMACSHA256.HashData(key, nonce[..BodyLength]).AsSpan(0, MacLength).CopyTo(nonce[BodyLength..]);
        return Base64Url.EncodeToString(nonce);
    }

    /// <summary>Whether it is ours, not too old, and from no earlier than <paramref name="notBefore"/>.</summary>
    public bool IsFresh(string? text, DateTimeOffset? notBefore)
    {
        Span<byte> nonce = stackalloc byte[BodyLength + MacLength];
        if (text is not { Length: TextLength } || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, nonce, out var length) || length != nonce.Length
            || !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, nonce[..BodyLength]).AsSpan(0, MacLength), nonce[BodyLength..]))
        {
            return false;
        }

        var at = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(nonce));
        var age = clock.GetUtcNow() - at;
        return age >= -Ahead && age < Life && (notBefore is null || at >= notBefore.Value.AddMilliseconds(-1));
    }
}
