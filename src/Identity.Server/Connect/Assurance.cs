using System.Globalization;

namespace Identity.Server.Connect;

/// <summary>Assurance levels as <c>acr</c> values.</summary>
internal static class Assurance
{
    public static readonly IReadOnlyList<string> Names = [.. Enumerable.Range(1, 4).Select(NameOf)];

    public static string NameOf(int level) => "urn:onecode:loa:" + level.ToString(CultureInfo.InvariantCulture);
}
