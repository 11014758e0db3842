#pragma warning disable RS0030 // The framework's inflater reads streams; these are in memory, so it is still no I/O.
using System.Buffers.Binary;
using System.IO.Compression;

namespace OneCode.Wire;

/// <summary>RFC 1950, one stream, bounded (SPEC 8): four kilobytes that inflate to megabytes are refused at the limit.</summary>
internal static class Zlib
{
    private const int HeaderSize = 2;
    private const int ChecksumSize = 4;

    public static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return output.ToArray();
    }

    public static bool TryInflate(ReadOnlySpan<byte> stream, int limit, out byte[] bytes)
    {
        bytes = [];
        if (stream.Length < HeaderSize + ChecksumSize
            || (stream[0] & 0x0f) != 8
            || BinaryPrimitives.ReadUInt16BigEndian(stream) % 31 != 0
            || (stream[1] & 0x20) != 0)
        {
            // Not deflate, a damaged header, or a preset dictionary.
            return false;
        }

        var buffer = new byte[limit + 1];
        int length;
        try
        {
            using var input = new MemoryStream(stream.ToArray());
            using var zlib = new ZLibStream(input, CompressionMode.Decompress);
            length = zlib.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            // What the inflater throws at bytes that are no deflate stream, or whose checksum is wrong.
            return false;
        }

        // The framework may stop silently at a truncated stream and passes over what follows one. The checksum in the last four
        // bytes settles both: it is the right one only if the stream ends there.
        if (length > limit || BinaryPrimitives.ReadUInt32BigEndian(stream[^ChecksumSize..]) != Adler32(buffer.AsSpan(0, length)))
        {
            return false;
        }

        bytes = buffer[..length];
        return true;
    }

    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        // 5552 is the most bytes that cannot overflow 32 bits between two reductions.
        const int Block = 5552;
        const uint Modulus = 65521;
        uint a = 1, b = 0;
        while (!bytes.IsEmpty)
        {
            var block = bytes[..Math.Min(Block, bytes.Length)];
            foreach (var value in block)
            {
                a += value;
                b += a;
            }

            a %= Modulus;
            b %= Modulus;
            bytes = bytes[block.Length..];
        }

        return (b << 16) | a;
    }
}
