using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OneCode.Sm;

/// <summary>A private key of SM2: the number and its point. Dispose forgets the number.</summary>
public sealed class Sm2PrivateKey : IDisposable
{
    private readonly byte[] number;

    private Sm2PrivateKey(byte[] number, PublicKey publicKey)
    {
        this.number = number;
        PublicKey = publicKey;
    }

    /// <summary>The half that may be shown.</summary>
    public PublicKey PublicKey { get; }

    internal ReadOnlySpan<byte> Number => number;

    /// <summary>A new key.</summary>
    public static Sm2PrivateKey Generate()
    {
        Span<byte> number = stackalloc byte[Sm2Curve.Size];
        while (true)
        {
            RandomNumberGenerator.Fill(number);
            if (TryCreate(number, out var key))
            {
                number.Clear();
                return key;
            }
        }
    }

    /// <summary>From its 32 bytes. False outside 1 to n - 2: with n - 1 a signature would divide by zero.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> number, [NotNullWhen(true)] out Sm2PrivateKey? key)
    {
        key = null;
        if (number.Length != Sm2Curve.Size || Sm2Curve.Read(number) is var value && (value.IsZero || value > Sm2Curve.Order - 2))
        {
            return false;
        }

        var point = BouncySm2.PointOf(number);
        key = PublicKey.TryCreate(Sm2.Algorithm, point.AsSpan(0, Sm2Curve.Size), point.AsSpan(Sm2Curve.Size), out var publicKey)
            ? new Sm2PrivateKey(number.ToArray(), publicKey)
            : throw new InvalidOperationException("A multiple of the base point is on the curve.");
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(number);
}
