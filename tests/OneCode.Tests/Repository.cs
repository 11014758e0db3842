using System.Reflection;

namespace OneCode.Tests;

/// <summary>Where the files of this repository are: deterministic builds rewrite [CallerFilePath].</summary>
internal static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string Vectors => Path.Combine(Root, "tests", "vectors");
}
