namespace OneCode.Wire;

/// <summary>A parsed COSE_Sign1: views of the scanned bytes, nothing believed yet (SPEC 6, step 2).</summary>
internal readonly ref struct CoseSign1
{
    private const int StackLimit = 1024;

    private CoseSign1(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        Protected = protectedHeader;
        Payload = payload;
        Signature = signature;
    }

    public ReadOnlySpan<byte> Protected { get; }

    public ReadOnlySpan<byte> Payload { get; }

    public ReadOnlySpan<byte> Signature { get; }

    /// <summary>The whole message. The payload stays closed until the signature has been checked: a forger never reaches the claims.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int maximumItems, out CoseSign1 message)
    {
        message = default;
        if (!DeterministicCbor.IsValid(bytes, maximumItems))
        {
            return false;
        }

        var reader = new CborReader(bytes);
        if (!reader.TryReadTag(Labels.CoseSign1)
            || !reader.TryReadArray(4)
            || !reader.TryReadBytes(out var protectedHeader)
            || !reader.TryReadMap(out var unprotected)
            || unprotected != 0
            || !reader.TryReadBytes(out var payload)
            || !reader.TryReadBytes(Labels.SignatureSize, out var signature)
            || !DeterministicCbor.IsValid(protectedHeader, maximumItems)
            || !new CborReader(protectedHeader).TryReadMap(out _))
        {
            return false;
        }

        message = new CoseSign1(protectedHeader, payload, signature);
        return true;
    }

    /// <summary>Why the bytes are no COSE_Sign1: a COSE_Sign is a trust list where a code belongs, anything else is damage.</summary>
    public static Rejection WhyNot(ReadOnlySpan<byte> bytes) =>
        DeterministicCbor.IsValid(bytes, Labels.CodeItems) && new CborReader(bytes).TryReadTag(Labels.CoseSign)
            ? Rejection.UnexpectedType
            : Rejection.Malformed;

    public static byte[] Write(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature) =>
        new CborWriter().Tag(Labels.CoseSign1).Array(4).Bytes(protectedHeader).Map(0).Bytes(payload).Bytes(signature).ToArray();

    public static byte[] ToBeSigned(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload)
    {
        var structure = new byte[SigStructure.Size(protectedHeader, payload)];
        SigStructure.Write(structure, protectedHeader, payload);
        return structure;
    }

    public bool IsSignedBy(PublicKey key)
    {
        var size = SigStructure.Size(Protected, Payload);
        var structure = size <= StackLimit ? stackalloc byte[StackLimit] : new byte[size];
        SigStructure.Write(structure, Protected, Payload);
        return key.HasSigned(structure[..size], Signature);
    }
}
