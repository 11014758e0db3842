using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Identity.Server.Credentials;

/// <summary>
/// Nonces for holder proofs that need no storage: the time, some randomness and a keyed digest of both. Any node checks what
/// another gave out. One can be used twice within its life; that repeats a proof of the same key to the same caller, and gains nothing.
/// </summary>
internal sealed class Nonces(byte[] key, TimeProvider clock, IOptions<CredentialsOptions> options)
{
    private const int BodyLength = 16;
    private const int MacLength = 16;
    private const int TextLength = 43;

    public string Create()
    {
        Span<byte> nonce = stackalloc byte[BodyLength + MacLength];
        BinaryPrimitives.WriteInt64BigEndian(nonce, clock.GetUtcNow().ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(nonce[8..BodyLength]);
        Mac(nonce[..BodyLength]).AsSpan(0, MacLength).CopyTo(nonce[BodyLength..]);
        return Base64Url.EncodeToString(nonce);
    }

    public bool IsFresh(string? text)
    {
        Span<byte> nonce = stackalloc byte[BodyLength + MacLength];
        if (text is not { Length: TextLength } || !Base64Url.TryDecodeFromChars(text, nonce, out var length) || length != nonce.Length
            || !CryptographicOperations.FixedTimeEquals(Mac(nonce[..BodyLength]).AsSpan(0, MacLength), nonce[BodyLength..]))
        {
            return false;
        }

        var age = clock.GetUtcNow().ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(nonce);
        // Another node's clock may run a little ahead.
        return age >= -60_000 && age < options.Value.NonceLife.TotalMilliseconds;
    }

    private byte[] Mac(ReadOnlySpan<byte> body) => HMACSHA256.HashData(key, body);
}
