using System.Buffers.Binary;
using System.Globalization;

namespace OneCode;

/// <summary>
/// The first eight bytes of a key's COSE Key Thumbprint (SPEC 7.1). A hint where to look, never a proof:
/// eight bytes collide for whoever tries hard enough.
/// </summary>
public readonly record struct KeyId
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 8;

    private readonly ulong value;

    /// <summary>Reads the eight bytes of the wire.</summary>
    public KeyId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException("A key id has eight bytes.", nameof(bytes));
        }

        value = BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    /// <summary>Reads what <see cref="ToString"/> writes: sixteen hexadecimal digits.</summary>
    public static bool TryParse(string? text, out KeyId keyId)
    {
        keyId = default;
        if (text is not { Length: 2 * Size } || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        keyId = new KeyId(bytes);
        return true;
    }

    /// <summary>The eight bytes of the wire.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>Sixteen lower-case hexadecimal digits.</summary>
    public override string ToString() => value.ToString("x16", CultureInfo.InvariantCulture);
}
