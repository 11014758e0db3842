using System.Buffers.Binary;

namespace OneCode.Wire;

/// <summary><c>["Signature1", protected, h'', payload]</c>, written in place: this is on the path of every scan.</summary>
internal static class SigStructure
{
    // An array of four, a text of ten, "Signature1".
    private static ReadOnlySpan<byte> Start =>
        [0x84, 0x6a, (byte)'S', (byte)'i', (byte)'g', (byte)'n', (byte)'a', (byte)'t', (byte)'u', (byte)'r', (byte)'e', (byte)'1'];

    public static int Size(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload) =>
        Start.Length + HeadSize(protectedHeader.Length) + protectedHeader.Length + 1 + HeadSize(payload.Length) + payload.Length;

    public static void Write(Span<byte> destination, ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload)
    {
        Start.CopyTo(destination);
        destination = Bytes(destination[Start.Length..], protectedHeader);
        destination[0] = 0x40;
        _ = Bytes(destination[1..], payload);
    }

    private static Span<byte> Bytes(Span<byte> destination, ReadOnlySpan<byte> value)
    {
        var size = HeadSize(value.Length);
        switch (size)
        {
            case 1:
                destination[0] = (byte)(0x40 | value.Length);
                break;
            case 2:
                destination[0] = 0x58;
                destination[1] = (byte)value.Length;
                break;
            case 3:
                destination[0] = 0x59;
                BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)value.Length);
                break;
            default:
                destination[0] = 0x5a;
                BinaryPrimitives.WriteInt32BigEndian(destination[1..], value.Length);
                break;
        }

        value.CopyTo(destination[size..]);
        return destination[(size + value.Length)..];
    }

    private static int HeadSize(int length) => length switch
    {
        < 24 => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };
}
