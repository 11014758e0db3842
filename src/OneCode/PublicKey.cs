using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OneCode.P256;
using OneCode.Wire;

namespace OneCode;

/// <summary>A public key: a point of its algorithm's curve, checked when made. Equal by algorithm and coordinates.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private readonly ISignatureAlgorithm? algorithm;
    private readonly byte[] x;
    private readonly byte[] y;

    // Importing a key costs as much as two verifications, so it is done once, when first needed.
    private ISignatureChecker? checker;

    private PublicKey(CoseAlgorithm number, ISignatureAlgorithm? algorithm, byte[] x, byte[] y)
    {
        Algorithm = number;
        this.algorithm = algorithm;
        this.x = x;
        this.y = y;
        KeyId = ThumbprintOf(number, x, y);
    }

    /// <summary>The key's one algorithm.</summary>
    public CoseAlgorithm Algorithm { get; }

    /// <summary>The first eight bytes of the thumbprint (SPEC 7.1).</summary>
    public KeyId KeyId { get; }

    /// <summary>32 bytes, most significant first.</summary>
    public ReadOnlySpan<byte> X => x;

    /// <summary>32 bytes, most significant first.</summary>
    public ReadOnlySpan<byte> Y => y;

    /// <summary>False for a key of a trust list whose algorithm this verifier does not speak: it has a name, and vouches for nothing.</summary>
    internal bool CanCheck => algorithm is not null;

    /// <summary>A key for ES256. False when the coordinates are not a point of P-256.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out PublicKey? key) =>
        TryCreate(Es256.Instance, x, y, out key);

    /// <summary>A key for an algorithm. False when the coordinates are not a point of its curve.</summary>
    public static bool TryCreate(ISignatureAlgorithm algorithm, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out PublicKey? key)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        key = algorithm.IsPoint(x, y) ? FromPoint(algorithm, x.ToArray(), y.ToArray()) : null;
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
        other is not null && Algorithm == other.Algorithm && x.AsSpan().SequenceEqual(other.x) && y.AsSpan().SequenceEqual(other.y);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyId.GetHashCode();

    /// <summary>Only from a point that the algorithm decompressed or found on its curve.</summary>
    internal static PublicKey FromPoint(ISignatureAlgorithm algorithm, byte[] x, byte[] y) => new(algorithm.Algorithm, algorithm, x, y);

    /// <summary>A key that cannot be checked with here.</summary>
    internal static PublicKey Unsupported(CoseAlgorithm algorithm, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => new(algorithm, null, x.ToArray(), y.ToArray());

    /// <summary>Whether the signature is this key's over the message.</summary>
    internal bool HasSigned(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        (checker ?? LazyInitializer.EnsureInitialized(ref checker, Import)).HasSigned(message, signature);

    private ISignatureChecker Import() => (algorithm ?? throw new InvalidOperationException($"Nobody here speaks {Algorithm}.")).Import(x, y);

    private static KeyId ThumbprintOf(CoseAlgorithm algorithm, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        // RFC 9679: required members only, y uncompressed.
        var encoded = new CborWriter().Map(4)
            .Integer(1).Integer(2)
            .Integer(-1).Integer(Labels.CurveOf(algorithm))
            .Integer(-2).Bytes(x)
            .Integer(-3).Bytes(y)
            .ToArray();
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(encoded, digest);
        return new KeyId(digest[..KeyId.Size]);
    }
}
