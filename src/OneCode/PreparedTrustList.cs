using OneCode.Wire;

namespace OneCode;

/// <summary>A trust list before its signatures. Each root signs bytes of its own; they may be in different rooms on different days.</summary>
public sealed class PreparedTrustList
{
    private readonly byte[] protectedHeader;
    private readonly byte[] payload;

    internal PreparedTrustList(byte[] protectedHeader, byte[] payload)
    {
        this.protectedHeader = protectedHeader;
        this.payload = payload;
    }

    /// <summary>Collects the roots' signatures into the published bytes.</summary>
    public async ValueTask<byte[]> CompleteAsync(IReadOnlyCollection<ISigner> roots, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(roots);
        if (roots.Count == 0 || roots.DistinctBy(root => root.KeyId).Count() != roots.Count)
        {
            throw new ArgumentException("A trust list is signed by at least one root, and by each only once.", nameof(roots));
        }

        var writer = new CborWriter().Tag(Labels.CoseSign).Array(4).Bytes(protectedHeader).Map(0).Bytes(payload).Array(roots.Count);
        foreach (var root in roots)
        {
            var header = TrustListToken.SignatureHeader(root.Algorithm, root.KeyId);
            var signature = await root.SignAsync(TrustListToken.ToBeSigned(protectedHeader, header, payload), cancellationToken).ConfigureAwait(false);
            writer.Array(3).Bytes(header).Map(0).Bytes(Signatures.Checked(signature));
        }

        return writer.ToArray();
    }
}
