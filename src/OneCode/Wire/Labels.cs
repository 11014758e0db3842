namespace OneCode.Wire;

/// <summary>The integers of the wire, by the section of SPEC that gives them.</summary>
internal static class Labels
{
    // Header labels (SPEC 3, 5).
    public const long Algorithm = 1;
    public const long KeyId = 4;
    public const long Kcwt = 13;
    public const long Type = 16;

    // Values of typ.
    public const long CredentialType = 65001;
    public const long TrustListType = 65002;
    public const long CompactStatusType = 65003;
    public const long PresentationType = 294;
    public const string StatusListType = "application/statuslist+cwt";

    // Tags.
    public const int CoseSign1 = 18;
    public const int CoseSign = 98;

    // Claims (SPEC 3.1, 5, 8).
    public const long Issuer = 1;
    public const long Subject = 2;
    public const long Audience = 3;
    public const long ExpiresAt = 4;
    public const long NotBefore = 5;
    public const long IssuedAt = 6;
    public const long Confirmation = 8;
    public const long Person = 169;
    public const long Enterprise = -65537;
    public const long Vehicle = -65538;
    public const long Status = -65539;
    public const long Level = -65540;
    public const long Form = -65541;
    public const long StatusList = 65533;
    public const long TimeToLive = 65534;

    // Limits (SPEC 1, 3.1, 7, 8).
    public const int CodeItems = 512;
    public const int ListItems = 200_000;
    public const long LastSecond = 253402300799;
    public const long LastDay = 2932896;
    public const long LongestTimeToLive = 31622400;
    public const long LargestVersion = 9007199254740991;
    public const int SignatureSize = 64;

    // Curves of COSE keys (SPEC 12.3). SM2's is private, like its algorithm, and has the same number.
    public const long P256Curve = 1;
    public const long Sm2Curve = -65539;

    public static long CurveOf(CoseAlgorithm algorithm) => algorithm == CoseAlgorithm.Sm2 ? Sm2Curve : P256Curve;

    public static CoseAlgorithm? AlgorithmOn(long curve) => curve switch
    {
        P256Curve => CoseAlgorithm.Es256,
        Sm2Curve => CoseAlgorithm.Sm2,
        _ => null,
    };
}
