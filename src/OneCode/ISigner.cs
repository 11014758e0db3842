namespace OneCode;

/// <summary>
/// A private key that may live elsewhere: a file now, a hardware module later, hence asynchronous.
/// </summary>
public interface ISigner
{
    /// <summary>Names the key in headers.</summary>
    KeyId KeyId { get; }

    /// <summary>The key's one algorithm.</summary>
    CoseAlgorithm Algorithm { get; }

    /// <summary>Signs the exact bytes and gives <c>r || s</c>, 64 bytes.</summary>
    ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken);
}
