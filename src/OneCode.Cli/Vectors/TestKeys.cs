using System.Security.Cryptography;
using System.Text;

namespace OneCode.Cli.Vectors;

/// <summary>
/// Private keys that everybody knows: SHA-256 of a name. Nothing but vectors may trust them, and nothing does: a verifier
/// believes the roots that it holds, and these are nobody's.
/// </summary>
internal static class TestKeys
{
    private static readonly Dictionary<string, SoftwareSigner> Made = [];

    public static SoftwareSigner Of(string name)
    {
        if (!Made.TryGetValue(name, out var signer))
        {
            var scalar = SHA256.HashData(Encoding.UTF8.GetBytes("onecode test key, not secret: " + name));
            signer = new SoftwareSigner(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar }));
            Made.Add(name, signer);
        }

        return signer;
    }

    public static byte[] Sign(string name, ReadOnlyMemory<byte> bytes)
    {
        var signed = Of(name).SignAsync(bytes, CancellationToken.None);
        return signed.IsCompletedSuccessfully ? signed.GetAwaiter().GetResult() : throw new InvalidOperationException("A software key signs at once.");
    }
}
