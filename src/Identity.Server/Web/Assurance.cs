using System.Globalization;

namespace Identity.Server.Web;

/// <summary>Assurance levels, 1 to 4, as <c>acr</c> values.</summary>
internal static class Assurance
{
    public const int Highest = 4;

    private const string Prefix = "urn:onecode:loa:";

    public static readonly IReadOnlyList<string> Names = [.. Enumerable.Range(1, Highest).Select(NameOf)];

    public static string NameOf(int level) => Prefix + level.ToString(CultureInfo.InvariantCulture);

    /// <summary>Null for a name that is none of ours.</summary>
    public static int? LevelOf(string? name) => name is not null && name.Length == Prefix.Length + 1 && name.StartsWith(Prefix, StringComparison.Ordinal) && name[^1] is >= '1' and <= '4' ? name[^1] - '0' : null;
}
