using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>Deltas in a row (SPEC 13.5): a CBOR sequence of pairs, each a statement and its changes. A statement with its state is kept on disk in the same way.</summary>
public static class CompactDeltas
{
    /// <summary>The most pairs that are read.</summary>
    public const int MaximumPairs = 256;

    private const int MaximumItems = 64;

    /// <summary>Writes pairs.</summary>
    public static byte[] Write(IEnumerable<(ReadOnlyMemory<byte> Message, ReadOnlyMemory<byte> Body)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var writer = new CborWriter();
        foreach (var (message, body) in pairs)
        {
            writer.Encoded(message.Span).Bytes(body.Span);
        }

        return writer.ToArray();
    }

    /// <summary>Takes pairs apart; nothing in them has been checked yet. False at anything that is no such sequence.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out IReadOnlyList<(ReadOnlyMemory<byte> Message, ReadOnlyMemory<byte> Body)>? pairs)
    {
        pairs = null;
        var found = new List<(ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>();
        for (var at = 0; at < bytes.Length;)
        {
            if (found.Count == MaximumPairs || !DeterministicCbor.TryMeasure(bytes.Span[at..], MaximumItems, out var length))
            {
                return false;
            }

            var message = bytes.Slice(at, length);
            at += length;
            if (!DeterministicCbor.TryMeasure(bytes.Span[at..], 1, out length) || !new CborReader(bytes.Span.Slice(at, length)).TryReadBytes(out var body))
            {
                return false;
            }

            at += length;
            found.Add((message, bytes.Slice(at - body.Length, body.Length)));
        }

        pairs = found;
        return true;
    }
}
