using System.Globalization;
using System.Security.Cryptography;
using OneCode;

namespace Identity.Server.Audit;

/// <summary>What does not fit, in words for an auditor.</summary>
internal sealed record AuditFinding(string Kind, long? Place, string Text);

/// <summary>
/// Judges a log against its entries and the checkpoints that someone kept. Pure: give it what was read, it gives the findings;
/// none means that nothing was changed, removed, added, moved or cut since the newest checkpoint.
/// </summary>
internal static class AuditVerifier
{
    /// <summary>Whether the audit key signed this checkpoint.</summary>
    public static bool IsSignedBy(Checkpoint checkpoint, PublicKey key)
    {
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = key.X.ToArray(), Y = key.Y.ToArray() },
        });
        return checkpoint.KeyId.AsSpan().SequenceEqual(key.KeyId.ToBytes()) && ecdsa.VerifyData(
            Checkpoint.TextOf(checkpoint.Size, checkpoint.Head, checkpoint.At), checkpoint.Signature, HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <param name="entries">All entries, in any order.</param>
    /// <param name="log">All places, in any order.</param>
    /// <param name="checkpoints">Those of the database, and better those that were kept elsewhere.</param>
    /// <param name="checkpointIsSigned">Whether the checkpoint's signature is the audit key's.</param>
    public static IReadOnlyList<AuditFinding> Verify(
        IEnumerable<AuditEntry> entries, IEnumerable<LogEntry> log, IEnumerable<Checkpoint> checkpoints, Func<Checkpoint, bool> checkpointIsSigned)
    {
        var findings = new List<AuditFinding>();
        var byId = entries.ToDictionary(entry => entry.Id);
        var heads = new Dictionary<long, byte[]>();
        var placed = new HashSet<Guid>();
        var (place, head) = (0L, AuditDigest.Start);
        foreach (var logged in log.OrderBy(entry => entry.Place))
        {
            place++;
            if (logged.Place != place)
            {
                findings.Add(new("gap", place, string.Create(CultureInfo.InvariantCulture, $"Places {place} to {logged.Place - 1} are missing from the log.")));
                place = logged.Place;
            }

            head = AuditDigest.Chain(head, place, logged.Digest);
            if (!head.AsSpan().SequenceEqual(logged.Head))
            {
                findings.Add(new("chain", place, "The head does not follow from the one before: a place was changed, moved or put in."));
                // Once is enough: go on from what is written, so that one change is one finding.
                head = logged.Head;
            }

            heads[place] = logged.Head;
            placed.Add(logged.EntryId);
            if (!byId.TryGetValue(logged.EntryId, out var entry))
            {
                findings.Add(new("deleted", place, $"Entry {logged.EntryId} is in the log and no longer in the trail."));
            }
            else if (!logged.Digest.AsSpan().SequenceEqual(AuditDigest.OfEntry(entry)))
            {
                findings.Add(new("modified", place, $"Entry {entry.Id} is not what was logged."));
            }
            else if (entry.Place != place)
            {
                findings.Add(new("moved", place, $"Entry {entry.Id} names another place."));
            }
        }

        findings.AddRange(byId.Values.Where(entry => entry.Place is not null && !placed.Contains(entry.Id))
            .Select(entry => new AuditFinding("inserted", entry.Place, $"Entry {entry.Id} claims a place that the log does not give it.")));
        foreach (var checkpoint in checkpoints)
        {
            if (!checkpointIsSigned(checkpoint))
            {
                findings.Add(new("checkpoint", checkpoint.Size, "The checkpoint is not signed by the audit key."));
            }
            else if (!heads.TryGetValue(checkpoint.Size, out var seen))
            {
                findings.Add(new("truncated", checkpoint.Size, "The log is shorter than a signed checkpoint says."));
            }
            else if (!seen.AsSpan().SequenceEqual(checkpoint.Head))
            {
                findings.Add(new("rewritten", checkpoint.Size, "The log has another head than a signed checkpoint says."));
            }
        }

        return findings;
    }
}
