using System.Diagnostics.Metrics;
using Identity.Server.Audit;
using OneCode;

namespace Identity.Server.Trust;

/// <summary>
/// Hands out the signer for a purpose: the key of ours that the trust list names for it and that is in force now. A key that
/// verifiers do not know signs nothing.
/// </summary>
internal sealed class KeyRing : ICheckpointSigner
{
    private readonly KeyFolder _folder;
    private readonly TrustListSource _trust;
    private readonly TimeProvider _time;
    private readonly Counter<long> _signatures;

    public KeyRing(KeyFolder folder, TrustListSource trust, TimeProvider time, IMeterFactory meters)
    {
        (_folder, _trust, _time) = (folder, trust, time);
        _signatures = meters.Create("Identity.Server").CreateCounter<long>(
            "identity.trust.signatures", description: "Signatures made, by purpose; compare with what was issued");
    }

    /// <exception cref="KeyUnavailableException">No key of ours may sign this now: issuing is closed, the rest goes on.</exception>
    public ValueTask<ISigner> SignerAsync(KeyPurpose purpose, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Find(purpose) is { } key
            ? ValueTask.FromResult<ISigner>(new Counted(key, purpose, _signatures))
            : throw new KeyUnavailableException(ProblemOf(purpose)!);
    }

    /// <summary>Why the purpose cannot sign, or null when it can.</summary>
    public string? ProblemOf(KeyPurpose purpose) => Find(purpose) is not null
        ? null
        : _folder.ProblemOf(purpose) ?? (_trust.CurrentOrNull is null
            ? "There is no trust list."
            : $"The trust list names none of our keys for {purpose} now: the key file and the list do not belong together, or its period is over.");

    public ValueTask<(byte[] KeyId, byte[] Signature)?> TrySignAsync(byte[] text, CancellationToken cancellationToken) =>
        _folder.AuditKey is { } key ? SignAsync(key, text, cancellationToken) : ValueTask.FromResult<(byte[], byte[])?>(null);

    private static async ValueTask<(byte[] KeyId, byte[] Signature)?> SignAsync(OwnKey key, byte[] text, CancellationToken cancellationToken) =>
        (key.KeyId.ToBytes(), await key.SignAsync(text, cancellationToken));

    private OwnKey? Find(KeyPurpose purpose)
    {
        if (_trust.CurrentOrNull is not { } trust)
        {
            return null;
        }

        var now = _time.GetUtcNow();
        OwnKey? best = null;
        var from = DateTimeOffset.MinValue;
        foreach (var key in _folder.KeysOf(purpose))
        {
            foreach (var named in trust.List.Find(key.KeyId))
            {
                if (named.PublicKey.Equals(key.PublicKey) && named.Purpose == purpose && named.WithdrawnSince is null
                    && named.From <= now && now < named.Until && named.From >= from)
                {
                    // The newest of those in force: its predecessor only waits for its last credentials to end.
                    (best, from) = (key, named.From);
                }
            }
        }

        return best;
    }

    private sealed class Counted(OwnKey key, KeyPurpose purpose, Counter<long> signatures) : ISigner
    {
        public KeyId KeyId => key.KeyId;

        public CoseAlgorithm Algorithm => key.Algorithm;

        public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken)
        {
            signatures.Add(1, new KeyValuePair<string, object?>("purpose", purpose.ToString()));
            return key.SignAsync(toBeSigned, cancellationToken);
        }
    }
}
