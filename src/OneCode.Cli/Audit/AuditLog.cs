using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OneCode.Cli.Audit;

/// <summary>What does not fit, for an auditor. Kind is modified, deleted, inserted, moved, gap, chain, checkpoint, truncated or rewritten.</summary>
internal sealed record AuditFinding(string Kind, long? Place, string Text);

/// <summary>
/// Judges a log as it is read: no findings means that nothing was changed, removed, added, moved or cut since the newest checkpoint. It
/// computes the server's two hashes by itself, from their description (Audit/README.md, "How to compute it"): whoever could make the
/// server lie about its log must not be able to make its judge lie too.
/// </summary>
internal sealed class AuditLog
{
    private const int DigestSize = 32;

    private readonly List<AuditFinding> findings = [];
    private readonly Dictionary<long, List<byte[]>> expected = [];
    private byte[] head = new byte[DigestSize];

    /// <summary>Places read so far, and with them the number of the last.</summary>
    public long Size { get; private set; }

    /// <summary>The time (seconds since 1970) of the newest checkpoint that the key signed.</summary>
    public long? CheckedUntil { get; private set; }

    /// <summary>Call before the first place: heads are compared as they go by.</summary>
    public void Add(Checkpoint checkpoint, ECDsa key)
    {
        if (!IsSigned(checkpoint, key))
        {
            findings.Add(new("checkpoint", checkpoint.Size, "The checkpoint is not signed by the audit key."));
            return;
        }

        if (!expected.TryGetValue(checkpoint.Size, out var heads))
        {
            expected[checkpoint.Size] = heads = [];
        }

        heads.Add(checkpoint.Head);
        CheckedUntil = Math.Max(CheckedUntil ?? 0, checkpoint.At);
    }

    public void Add(AuditLine line)
    {
        if (line.Logged is not { } logged)
        {
            findings.Add(new("inserted", line.Record?.Place, $"Entry {line.Entry} claims a place that the log does not give it."));
            return;
        }

        Follow(logged);
        if (line.Record is not { } record)
        {
            findings.Add(new("deleted", Size, $"Entry {line.Entry} is in the log and no longer in the trail."));
        }
        else if (!logged.Digest.AsSpan().SequenceEqual(DigestOf(line.Entry, record)))
        {
            findings.Add(new("modified", Size, $"Entry {line.Entry} is not what was logged."));
        }
        else if (record.Place != Size)
        {
            findings.Add(new("moved", Size, $"Entry {line.Entry} names another place."));
        }
    }

    /// <summary>All findings; call after the last line.</summary>
    public IReadOnlyList<AuditFinding> Finish() =>
        [.. findings, .. expected.Keys.Where(size => size > Size).Order().Select(size => new AuditFinding("truncated", size, "The log is shorter than a signed checkpoint says."))];

    private void Follow(LoggedPlace logged)
    {
        var place = Size + 1;
        if (logged.Place != place)
        {
            findings.Add(new("gap", place, string.Create(CultureInfo.InvariantCulture, $"After place {Size} comes {logged.Place}.")));
            place = Math.Max(place, logged.Place);
        }

        if (!logged.Head.AsSpan().SequenceEqual(Chain(head, place, logged.Digest)))
        {
            findings.Add(new("chain", place, "The head does not follow from the one before: a place was changed, moved or put in."));
        }

        // From what is written, so that one change is one finding.
        (head, Size) = (logged.Head, place);
        if (expected.TryGetValue(place, out var heads) && heads.Exists(signed => !signed.AsSpan().SequenceEqual(logged.Head)))
        {
            findings.Add(new("rewritten", place, "The log has another head than a signed checkpoint says."));
        }
    }

    private static bool IsSigned(Checkpoint checkpoint, ECDsa key)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"onecode-audit-log\n{checkpoint.Size}\n{Convert.ToBase64String(checkpoint.Head)}\n{checkpoint.At}\n");
        return (checkpoint.KeyId is null || checkpoint.KeyId == PublicKey.From(key).KeyId.ToString())
            && key.VerifyData(Encoding.ASCII.GetBytes(text), checkpoint.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static byte[] Chain(byte[] before, long place, byte[] digest)
    {
        var text = new byte[DigestSize + sizeof(long) + DigestSize];
        before.CopyTo(text, 0);
        BinaryPrimitives.WriteInt64BigEndian(text.AsSpan(DigestSize), place);
        digest.AsSpan(0, Math.Min(digest.Length, DigestSize)).CopyTo(text.AsSpan(DigestSize + sizeof(long)));
        return SHA256.HashData(text);
    }

    private static byte[] DigestOf(Guid entry, AuditRecord record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var at = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(at, record.At);
        foreach (var field in (byte[]?[])[
            record.Salt, entry.ToByteArray(bigEndian: true), at, Encoding.UTF8.GetBytes(record.What), Encoding.UTF8.GetBytes(record.Actor),
            record.Subject?.ToByteArray(bigEndian: true), record.ContentKey?.ToByteArray(bigEndian: true), record.Content])
        {
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(length, field?.Length ?? -1);
            hash.AppendData(length);
            hash.AppendData(field ?? []);
        }

        return hash.GetHashAndReset();
    }
}
