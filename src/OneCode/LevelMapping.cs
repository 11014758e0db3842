using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OneCode;

/// <summary>
/// What the levels of another region count for in the publisher's (SPEC 7.5): regions check people by rules of their own, and a gate here must not
/// take a foreign "3" for its own.
/// </summary>
/// <param name="Issuer">The region whose codes it is about.</param>
/// <param name="One">What its level 1 counts for: 0 for nothing, to 4; each next one at least as much.</param>
/// <param name="Two">What its level 2 counts for.</param>
/// <param name="Three">What its level 3 counts for.</param>
/// <param name="Four">What its level 4 counts for.</param>
public sealed record LevelMapping(string Issuer, int One, int Two, int Three, int Four)
{
    /// <summary>What a level of that region counts for.</summary>
    public int CountsFor(int level) => level switch
    {
        1 => One,
        2 => Two,
        3 => Three,
        4 => Four,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "Levels are 1 to 4."),
    };

    /// <summary>Reads what a person wrote: what levels 1 to 4 count for, none less than the one before, such as <c>0,1,3,4</c>.</summary>
    public static bool TryParse(string issuer, string text, [NotNullWhen(true)] out LevelMapping? mapping)
    {
        ArgumentNullException.ThrowIfNull(text);
        mapping = null;
        Span<int> counts = stackalloc int[4];
        var parts = text.Split(',');
        for (var i = 0; i < parts.Length; i++)
        {
            if (i == counts.Length || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out counts[i]))
            {
                return false;
            }
        }

        mapping = parts.Length == counts.Length && new LevelMapping(issuer, counts[0], counts[1], counts[2], counts[3]) is var read && read.IsWellFormed() ? read : null;
        return mapping is not null;
    }

    // A number without a sign is not below 0.
    private bool IsWellFormed() => Two >= One && Three >= Two && Four >= Three && Four <= 4;
}
