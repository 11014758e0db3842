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
        using var source = new Source(stream.ToArray());
        int length;
        try
        {
            using var zlib = new ZLibStream(source, CompressionMode.Decompress);
            length = zlib.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            // What the inflater throws at bytes that are no deflate stream, or whose checksum is wrong.
            return false;
        }

        // The framework may stop silently at a truncated stream and passes over what follows one. Looking at the checksum in the last four bytes
        // does not tell: it may stand there twice. So the source says how far it was read.
        if (length > limit || !source.EndedWithStream)
        {
            return false;
        }

        bytes = buffer[..length];
        return true;
    }

    /// <summary>Gives its last byte apart: an inflater that never asks for it had its stream before, one that asks for more had none.</summary>
    private sealed class Source(byte[] bytes) : Stream
    {
        private int position;
        private bool wantedMore;

        public bool EndedWithStream => position == bytes.Length && !wantedMore;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            wantedMore |= position == bytes.Length;
            var until = position < bytes.Length - 1 ? bytes.Length - 1 : bytes.Length;
            var given = bytes.AsSpan(position, Math.Min(buffer.Length, until - position));
            given.CopyTo(buffer);
            position += given.Length;
            return given.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
