namespace OneCode.Cli.Vectors;

/// <summary>All cases, by the step of SPEC 6 that decides them.</summary>
internal static class VectorSet
{
    public static IEnumerable<Vector> All() =>
    [
        .. PassingVectors.All(),
        .. TextVectors.All(),
        .. StructureVectors.All(),
        .. TypeVectors.All(),
        .. SignatureVectors.All(),
        .. ClaimsVectors.All(),
        .. HolderVectors.All(),
        .. TimeAndStatusVectors.All(),
        .. ListVectors.All(),
        .. LevelVectors.All(),
        .. FieldVectors.All(),
        .. KindVectors.All(),
        .. CborVectors.All(),
    ];
}
