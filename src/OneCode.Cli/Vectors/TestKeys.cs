using System.Security.Cryptography;
using System.Text;
using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>
/// Private keys that everybody knows: SHA-256 of a name. Nothing but vectors may trust them, and nothing does: a verifier
/// believes the roots that it holds, and these are nobody's. Names that begin with <c>sm2-</c> are keys of SM2.
/// </summary>
internal static class TestKeys
{
    private static readonly Dictionary<string, TestKey> Made = [];

    public static TestKey Of(string name)
    {
        if (!Made.TryGetValue(name, out var key))
        {
            var number = SHA256.HashData(Encoding.UTF8.GetBytes("onecode test key, not secret: " + name));
            key = name.StartsWith("sm2-", StringComparison.Ordinal) ? OfSm2(number) : OfEs256(number);
            Made.Add(name, key);
        }

        return key;
    }

    public static byte[] Sign(string name, ReadOnlyMemory<byte> bytes)
    {
        var signed = Of(name).SignAsync(bytes, CancellationToken.None);
        return signed.IsCompletedSuccessfully ? signed.GetAwaiter().GetResult() : throw new InvalidOperationException("A software key signs at once.");
    }

    private static TestKey OfEs256(byte[] number)
    {
        var signer = new SoftwareSigner(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = number }));
        return new TestKey(signer, signer.PublicKey);
    }

    private static TestKey OfSm2(byte[] number)
    {
        var signer = Sm2PrivateKey.TryCreate(number, out var key) ? new Sm2Signer(key) : throw new InvalidOperationException("Not one number in 2^32 is too large.");
        return new TestKey(signer, signer.PublicKey);
    }
}
