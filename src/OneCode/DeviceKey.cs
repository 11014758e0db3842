using System.Diagnostics.CodeAnalysis;
using OneCode.P256;

namespace OneCode;

/// <summary>
/// A phone's public key as the credential carries it: x and the parity of y, which saves a QR version.
/// Equal by algorithm and both. Whether x is on the curve is not known before it is decompressed.
/// </summary>
public sealed class DeviceKey : IEquatable<DeviceKey>
{
    private readonly byte[] x;

    internal DeviceKey(CoseAlgorithm algorithm, ReadOnlySpan<byte> x, bool yIsOdd)
    {
        Algorithm = algorithm;
        this.x = x.ToArray();
        YIsOdd = yIsOdd;
    }

    /// <summary>The key's one algorithm.</summary>
    public CoseAlgorithm Algorithm { get; }

    /// <summary>32 bytes, most significant first.</summary>
    public ReadOnlySpan<byte> X => x;

    /// <summary>The last bit of y.</summary>
    public bool YIsOdd { get; }

    /// <summary>From a full point.</summary>
    public static DeviceKey From(PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new DeviceKey(key.Algorithm, key.X, (key.Y[^1] & 1) == 1);
    }

    /// <summary>From the coordinates of a JWK. False when they are not a point of P-256.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out DeviceKey? key)
    {
        key = PublicKey.TryCreate(x, y, out var full) ? From(full) : null;
        return key is not null;
    }

    /// <summary>The full point; false when no point has this x, or the key is not for ES256.</summary>
    public bool TryDecompress([NotNullWhen(true)] out PublicKey? key) => TryDecompress(SignatureAlgorithms.Es256Only, out key);

    /// <summary>The full point; false when no point has this x, or the key is for none of these algorithms.</summary>
    public bool TryDecompress(SignatureAlgorithms algorithms, [NotNullWhen(true)] out PublicKey? key)
    {
        ArgumentNullException.ThrowIfNull(algorithms);
        var y = new byte[Curve.CoordinateSize];
        key = algorithms.Find(Algorithm) is { } algorithm && algorithm.TryDecompress(x, YIsOdd, y) ? PublicKey.FromPoint(algorithm, x, y) : null;
        return key is not null;
    }

    /// <inheritdoc/>
    public bool Equals(DeviceKey? other) => other is not null && Algorithm == other.Algorithm && YIsOdd == other.YIsOdd && x.AsSpan().SequenceEqual(other.x);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeviceKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(x, 0);
}
