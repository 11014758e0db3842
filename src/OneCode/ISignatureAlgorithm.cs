namespace OneCode;

/// <summary>
/// One way to check signatures: a curve, a hash, and how they go together. ES256 is built in; <c>OneCode.Sm</c> brings SM2. A key has one algorithm,
/// a verifier has a set of them (<see cref="SignatureAlgorithms"/>), and a header never chooses.
/// </summary>
public interface ISignatureAlgorithm
{
    /// <summary>Its number on the wire; the curve follows from it (SPEC 12.3).</summary>
    CoseAlgorithm Algorithm { get; }

    /// <summary>Whether these are the coordinates, 32 bytes each and below the prime, of a point of the curve that is not at infinity.</summary>
    bool IsPoint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>Writes the y of that parity. False when no point has this x.</summary>
    bool TryDecompress(ReadOnlySpan<byte> x, bool yIsOdd, Span<byte> y);

    /// <summary>Makes a key of a point of the curve, once for many signatures.</summary>
    ISignatureChecker Import(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);
}

/// <summary>A public key that is ready to check. Safe to use from several threads.</summary>
public interface ISignatureChecker
{
    /// <summary>Whether <c>r || s</c>, 64 bytes, is this key's signature of the message. Never throws on either.</summary>
    bool HasSigned(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
