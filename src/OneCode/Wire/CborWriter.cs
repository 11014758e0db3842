using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OneCode.Wire;

/// <summary>
/// Writes shortest forms and definite lengths. The order of map keys is the caller's: what is written here is checked
/// by <see cref="DeterministicCbor"/> before anyone signs it.
/// </summary>
internal sealed class CborWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(256);

    public byte[] ToArray() => buffer.WrittenSpan.ToArray();

    public CborWriter Map(int pairs) => Head(5, (ulong)pairs);

    public CborWriter Array(int items) => Head(4, (ulong)items);

    public CborWriter Tag(int tag) => Head(6, (ulong)tag);

    public CborWriter Integer(long value) => value >= 0 ? Head(0, (ulong)value) : Head(1, (ulong)(-1 - value));

    public CborWriter Boolean(bool value) => Encoded([value ? (byte)0xf5 : (byte)0xf4]);

    public CborWriter Bytes(ReadOnlySpan<byte> value) => Head(2, (ulong)value.Length).Encoded(value);

    public CborWriter Text(string value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value);
        return Head(3, (ulong)utf8.Length).Encoded(utf8);
    }

    public CborWriter Encoded(ReadOnlySpan<byte> item)
    {
        buffer.Write(item);
        return this;
    }

    private CborWriter Head(int major, ulong argument)
    {
        Span<byte> head = stackalloc byte[9];
        var initial = (byte)(major << 5);
        switch (argument)
        {
            case < 24:
                head[0] = (byte)(initial | (byte)argument);
                return Encoded(head[..1]);
            case <= byte.MaxValue:
                head[0] = (byte)(initial | 24);
                head[1] = (byte)argument;
                return Encoded(head[..2]);
            case <= ushort.MaxValue:
                head[0] = (byte)(initial | 25);
                BinaryPrimitives.WriteUInt16BigEndian(head[1..], (ushort)argument);
                return Encoded(head[..3]);
            case <= uint.MaxValue:
                head[0] = (byte)(initial | 26);
                BinaryPrimitives.WriteUInt32BigEndian(head[1..], (uint)argument);
                return Encoded(head[..5]);
            default:
                head[0] = (byte)(initial | 27);
                BinaryPrimitives.WriteUInt64BigEndian(head[1..], argument);
                return Encoded(head);
        }
    }
}
