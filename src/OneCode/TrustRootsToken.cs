using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>
/// A change of root keys (SPEC 14): the new set, signed by a threshold of the old roots, who hand over, and by a threshold of the new ones, who
/// show that they have their keys.
/// </summary>
public static class TrustRootsToken
{
    /// <summary>Larger messages are refused unread.</summary>
    public const int MaximumSize = 16 * 1024;

    /// <summary>The most changes that are read of a chain.</summary>
    public const int MaximumChanges = 64;

    private static ReadOnlySpan<byte> ProtectedHeader => [0xa1, 0x10, 0x19, 0xfd, 0xec];

    /// <summary>Lays a set out for its signers: old and new roots. Its version is greater than that of the set it follows.</summary>
    public static PreparedTrustList Prepare(TrustRoots next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new PreparedTrustList(ProtectedHeader.ToArray(), WritePayload(next));
    }

    internal static byte[] WritePayload(TrustRoots next)
    {
        var writer = new CborWriter().Map(3)
            .Integer(-1).Integer(next.Version)
            .Integer(-2).Integer(next.Threshold)
            .Integer(-3).Array(next.Keys.Count);
        foreach (var key in next.Keys)
        {
            TrustListCodec.WritePublicKey(writer, key);
        }

        return writer.ToArray();
    }

    /// <summary>
    /// Takes a chain of changes apart, oldest first, as it is published and kept: one after the other, a CBOR sequence. Nothing in them has been
    /// checked yet. False at anything that is no such sequence.
    /// </summary>
    public static bool TryReadChain(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out IReadOnlyList<ReadOnlyMemory<byte>>? changes)
    {
        changes = null;
        var found = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < bytes.Length;)
        {
            if (found.Count == MaximumChanges || !DeterministicCbor.TryMeasure(bytes.Span[at..], Labels.CodeItems, out var length))
            {
                return false;
            }

            found.Add(bytes.Slice(at, length));
            at += length;
        }

        changes = found;
        return true;
    }

    /// <summary>Checks a set against the one held. Never throws on what was downloaded.</summary>
    public static bool TryVerify(
        ReadOnlySpan<byte> bytes,
        TrustRoots held,
        [NotNullWhen(true)] out TrustRoots? next,
        [NotNullWhen(false)] out TrustListRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(held);
        next = null;
        if (bytes.Length > MaximumSize)
        {
            rejection = TrustListRejection.Malformed;
            return false;
        }

        var reader = CborReader.Of(bytes, Labels.CodeItems);
        if (!TrustListToken.TryReadMessage(ref reader, out var protectedHeader, out var payload, out var signatures))
        {
            rejection = TrustListRejection.Malformed;
            return false;
        }

        if (!protectedHeader.SequenceEqual(ProtectedHeader))
        {
            rejection = TrustListRejection.UnexpectedType;
            return false;
        }

        // The old roots first: what the set says is read only when they vouch for it.
        var copy = reader;
        rejection = TrustListToken.CountRoots(ref copy, signatures, ProtectedHeader, payload, held, out var handedOver);
        rejection ??= handedOver < held.Threshold ? TrustListRejection.ThresholdNotMet : null;
        if (rejection is not null)
        {
            return false;
        }

        if (!TryReadPayload(payload, held.Algorithms, out var set))
        {
            rejection = TrustListRejection.Malformed;
            return false;
        }

        rejection = TrustListToken.CountRoots(ref reader, signatures, ProtectedHeader, payload, set, out var takenOver);
        rejection ??= takenOver < set.Threshold ? TrustListRejection.ThresholdNotMet : set.Version <= held.Version ? TrustListRejection.Rollback : null;
        next = rejection is null ? set : null;
        return next is not null;
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> payload, SignatureAlgorithms algorithms, [NotNullWhen(true)] out TrustRoots? set)
    {
        var reader = CborReader.Of(payload, Labels.CodeItems);
        reader.Map(3);
        var version = reader.At(-1).Integer(1, Labels.LargestVersion);
        var threshold = reader.At(-2).Integer(1, TrustRoots.MaximumKeys);
        var count = reader.At(-3).Array();
        reader.Require(count <= TrustRoots.MaximumKeys && threshold <= count);
        var keys = new List<PublicKey>();
        for (var i = 0; i < count && reader.IsRight; i++)
        {
            // A root that cannot be checked here is none; a whole set of them would lock the verifier out unseen.
            if (TrustListCodec.ReadPublicKey(ref reader, algorithms) is { } key)
            {
                reader.Require(key.CanCheck && !keys.Exists(other => other.KeyId == key.KeyId));
                keys.Add(key);
            }
        }

        set = reader.IsRight ? new TrustRoots(keys, (int)threshold, algorithms) { Version = version } : null;
        return set is not null;
    }
}
