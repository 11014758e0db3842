using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Identity.Server.Audit;

/// <summary>The two hashes of the log; README.md writes them down so that anyone can compute them.</summary>
internal static class AuditDigest
{
    /// <summary>Head of the empty log.</summary>
    public static byte[] Start => new byte[32];

    /// <summary>SHA-256 over the salt and every field of the entry, each with its length, the content as it lies encrypted.</summary>
    public static byte[] OfEntry(byte[] salt, Guid id, DateTimeOffset at, string what, string actor, Guid? subjectId, Guid? contentKeyId, byte[]? content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        Add(hash, salt);
        Add(hash, id.ToByteArray(bigEndian: true));
        // Milliseconds: what every database gives back unchanged.
        BinaryPrimitives.WriteInt64BigEndian(number, at.ToUnixTimeMilliseconds());
        Add(hash, number);
        Add(hash, Encoding.UTF8.GetBytes(what));
        Add(hash, Encoding.UTF8.GetBytes(actor));
        Add(hash, subjectId?.ToByteArray(bigEndian: true));
        Add(hash, contentKeyId?.ToByteArray(bigEndian: true));
        Add(hash, content);
        return hash.GetHashAndReset();
    }

    public static byte[] OfEntry(AuditEntry entry) =>
        OfEntry(entry.Salt, entry.Id, entry.At, entry.What, entry.Actor, entry.SubjectId, entry.ContentKeyId, entry.Content);

    /// <summary>The head after an entry: SHA-256(head before || place || digest).</summary>
    public static byte[] Chain(ReadOnlySpan<byte> head, long place, ReadOnlySpan<byte> digest)
    {
        Span<byte> text = stackalloc byte[32 + 8 + 32];
        head.CopyTo(text);
        BinaryPrimitives.WriteInt64BigEndian(text[32..], place);
        digest.CopyTo(text[40..]);
        return SHA256.HashData(text);
    }

    // The length goes first, so that no two sequences of fields have the same bytes. Absent and empty differ.
    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        hash.AppendData(length);
        hash.AppendData(field);
    }

    private static void Add(IncrementalHash hash, byte[]? field)
    {
        if (field is null)
        {
            hash.AppendData([0xff, 0xff, 0xff, 0xff]);
        }
        else
        {
            Add(hash, field.AsSpan());
        }
    }
}
