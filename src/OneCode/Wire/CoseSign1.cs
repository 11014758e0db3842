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
        var reader = CborReader.Of(bytes, maximumItems);
        reader.Tag(Labels.CoseSign1);
        reader.Array(4);
        var protectedHeader = reader.Bytes();
        reader.Map(0);
        var payload = reader.Bytes();
        var signature = reader.Bytes(Labels.SignatureSize);
        var header = CborReader.Of(protectedHeader, maximumItems);
        _ = header.Map();
        if (!reader.IsRight || !header.IsRight)
        {
            return false;
        }

        message = new CoseSign1(protectedHeader, payload, signature);
        return true;
    }

    /// <summary>Why the bytes are no COSE_Sign1: a COSE_Sign is a trust list where a code belongs, anything else is damage.</summary>
    public static Rejection WhyNot(ReadOnlySpan<byte> bytes) =>
        CborReader.Of(bytes, Labels.CodeItems).TryReadTag(Labels.CoseSign)
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
