using System.Diagnostics.CodeAnalysis;
using OneCode.P256;

namespace OneCode;

/// <summary>
/// A phone's public key as the credential carries it: x and the parity of y, which saves a QR version.
/// Equal by both. Whether x is on the curve is not known before <see cref="TryDecompress"/>.
/// </summary>
public sealed class DeviceKey : IEquatable<DeviceKey>
{
    private readonly byte[] x;

    internal DeviceKey(ReadOnlySpan<byte> x, bool yIsOdd)
    {
        this.x = x.ToArray();
        YIsOdd = yIsOdd;
    }

    /// <summary>32 bytes, most significant first.</summary>
    public ReadOnlySpan<byte> X => x;

    /// <summary>The last bit of y.</summary>
    public bool YIsOdd { get; }

    /// <summary>From a full point.</summary>
    public static DeviceKey From(PublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new DeviceKey(key.X, (key.Y[^1] & 1) == 1);
    }

    /// <summary>From the coordinates of a JWK. False when they are not a point of P-256.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out DeviceKey? key)
    {
        key = PublicKey.TryCreate(x, y, out var full) ? From(full) : null;
        return key is not null;
    }

    /// <summary>The full point; false when no point has this x.</summary>
    public bool TryDecompress([NotNullWhen(true)] out PublicKey? key)
    {
        var y = new byte[Curve.CoordinateSize];
        key = Curve.TryDecompress(x, YIsOdd, y) ? PublicKey.FromPoint(x, y) : null;
        return key is not null;
    }

    /// <inheritdoc/>
    public bool Equals(DeviceKey? other) => other is not null && YIsOdd == other.YIsOdd && x.AsSpan().SequenceEqual(other.x);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeviceKey);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(x, 0);
}
