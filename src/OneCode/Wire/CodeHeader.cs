namespace OneCode.Wire;

/// <summary>The protected header of a credential or a presentation (SPEC 6, step 3).</summary>
internal readonly ref struct CodeHeader
{
    private CodeHeader(bool isPresentation, long algorithm, KeyId keyId, ReadOnlySpan<byte> inner)
    {
        IsPresentation = isPresentation;
        Algorithm = algorithm;
        KeyId = keyId;
        Inner = inner;
    }

    public bool IsPresentation { get; }

    /// <summary>What the header claims. Compared with the key's, never obeyed.</summary>
    public long Algorithm { get; }

    /// <summary>Of a credential.</summary>
    public KeyId KeyId { get; }

    /// <summary>The encoded credential inside a presentation.</summary>
    public ReadOnlySpan<byte> Inner { get; }

    /// <summary>Null when the header is one of the two; else why not. <c>typ</c> is judged before the rest: inside a presentation only a credential's will do.</summary>
    public static Rejection? TryRead(ReadOnlySpan<byte> protectedHeader, bool isInside, out CodeHeader header)
    {
        header = default;
        var reader = new CborReader(protectedHeader);
        _ = reader.TryReadMap(out var pairs);
        long type = 0;
        long? algorithm = null;
        KeyId? keyId = null;
        ReadOnlySpan<byte> inner = default;
        var isRight = true;
        for (var i = 0; i < pairs; i++)
        {
            switch (reader.Key())
            {
                case Labels.Algorithm when reader.TryReadInteger(out var number):
                    algorithm = number;
                    break;
                case Labels.KeyId when reader.TryReadBytes(OneCode.KeyId.Size, out var bytes):
                    keyId = new KeyId(bytes);
                    break;
                case Labels.Kcwt:
                    inner = reader.ReadEncoded();
                    break;
                case Labels.Type when reader.TryReadInteger(out type):
                    break;
                default:
                    // Any other label, crit among them, or a value of the wrong kind.
                    isRight = false;
                    reader.Skip();
                    break;
            }
        }

        if (type != Labels.CredentialType && (isInside || type != Labels.PresentationType))
        {
            return Rejection.UnexpectedType;
        }

        var isPresentation = type == Labels.PresentationType;
        if (!isRight || algorithm is null || keyId is null != isPresentation || inner.IsEmpty == isPresentation)
        {
            return Rejection.Malformed;
        }

        header = new CodeHeader(isPresentation, algorithm.Value, keyId.GetValueOrDefault(), inner);
        return null;
    }

    public static byte[] WriteCredential(CoseAlgorithm algorithm, KeyId keyId) => new CborWriter().Map(3)
        .Integer(Labels.Algorithm).Integer((long)algorithm)
        .Integer(Labels.KeyId).Bytes(keyId.ToBytes())
        .Integer(Labels.Type).Integer(Labels.CredentialType)
        .ToArray();

    public static byte[] WritePresentation(CoseAlgorithm algorithm, ReadOnlySpan<byte> credential) => new CborWriter().Map(3)
        .Integer(Labels.Algorithm).Integer((long)algorithm)
        .Integer(Labels.Kcwt).Encoded(credential)
        .Integer(Labels.Type).Integer(Labels.PresentationType)
        .ToArray();
}
