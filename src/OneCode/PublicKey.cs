using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OneCode.P256;

namespace OneCode;

/// <summary>A P-256 public key: a point on the curve, checked when made. Equal by its coordinates.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private readonly byte[] x;
    private readonly byte[] y;

    // Importing a key costs as much as two verifications, so it is done once, when first needed. Of the framework's keys one idle instance is
    // kept: ECDsa does not promise to be usable from several threads at once.
    private ECDsa? idle;
    private OpenSslKey? native;

    private PublicKey(byte[] x, byte[] y)
    {
        this.x = x;
        this.y = y;
        KeyId = ThumbprintOf(x, y);
    }

    /// <summary>The key's one algorithm.</summary>
    public CoseAlgorithm Algorithm { get; } = CoseAlgorithm.Es256;

    /// <summary>The first eight bytes of the thumbprint (SPEC 7.1).</summary>
    public KeyId KeyId { get; }

    /// <summary>32 bytes, most significant first.</summary>
    public ReadOnlySpan<byte> X => x;

    /// <summary>32 bytes, most significant first.</summary>
    public ReadOnlySpan<byte> Y => y;

    /// <summary>False when the coordinates are not a point of P-256.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out PublicKey? key)
    {
        key = Curve.Contains(x, y) ? new PublicKey(x.ToArray(), y.ToArray()) : null;
        return key is not null;
    }

    /// <summary>The public half of a key pair.</summary>
    /// <exception cref="ArgumentException">The key is of another curve.</exception>
    public static PublicKey From(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return TryCreate(point.X, point.Y, out var publicKey) ? publicKey : throw new ArgumentException("The key is not of P-256.", nameof(key));
    }

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) =>
        other is not null && x.AsSpan().SequenceEqual(other.x) && y.AsSpan().SequenceEqual(other.y);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyId.GetHashCode();

    /// <summary>Only from a point that <see cref="Curve.TryDecompress"/> gave.</summary>
    internal static PublicKey FromPoint(byte[] x, byte[] y) => new(x, y);

    /// <summary>Whether the signature is this key's over the SHA-256 digest.</summary>
    internal bool HasSigned(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature) => OpenSslKey.IsAvailable
        ? (native ?? LazyInitializer.EnsureInitialized(ref native, () => OpenSslKey.Import(x, y))).HasSigned(digest, signature)
        : FrameworkSaysSigned(digest, signature);

    /// <summary>The same by the framework, where there is no libcrypto, and to compare with.</summary>
    internal bool FrameworkSaysSigned(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        var key = Interlocked.Exchange(ref idle, null) ?? Import();
        var valid = key.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        if (Interlocked.Exchange(ref idle, key) is { } other)
        {
            other.Dispose();
        }

        return valid;
    }

    private ECDsa Import() => ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });

    private static KeyId ThumbprintOf(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        // RFC 9679: required members only, y uncompressed. {1: 2, -1: 1, -2: x, -3: y}
        Span<byte> encoded = stackalloc byte[75];
        ReadOnlySpan<byte> start = [0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20];
        ReadOnlySpan<byte> middle = [0x22, 0x58, 0x20];
        start.CopyTo(encoded);
        x.CopyTo(encoded[8..]);
        middle.CopyTo(encoded[40..]);
        y.CopyTo(encoded[43..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(encoded, digest);
        return new KeyId(digest[..KeyId.Size]);
    }
}
