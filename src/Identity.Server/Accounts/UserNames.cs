using System.Text;

namespace Identity.Server.Accounts;

/// <summary>
/// Folds what was typed into one spelling. Look-up and counters use it alike: a name that finds the same account by another
/// spelling must not get fresh guesses (OpenBao GO-2025-3855).
/// </summary>
internal static class UserNames
{
    public const int Longest = 64;

    /// <summary>
    /// One spelling of typed text, NFKC. A lone surrogate and U+FFFE, at which <c>Normalize</c> throws, become the replacement
    /// character.
    /// </summary>
    public static string Normalized(string typed) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(typed)).Replace('\uFFFE', '\uFFFD').Normalize(NormalizationForm.FormKC);

    /// <summary>Never throws on what was typed: half a surrogate pair folds to a name that nobody has.</summary>
    public static string Lookup(string? typed)
    {
        var text = typed ?? "";
        if (text.Length > Longest * 4)
        {
            text = text[..(Longest * 4)];
        }

        var folded = Normalized(text).Trim().ToLowerInvariant().Normalize(NormalizationForm.FormKC);
        var kept = new StringBuilder(folded.Length);
        foreach (var rune in folded.EnumerateRunes())
        {
            // Zero-width and control characters are invisible: with them "a" would be a second "a".
            if (Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.Control))
            {
                kept.Append(rune.ToString());
            }
        }

        return kept.Length <= Longest ? kept.ToString() : kept.ToString(0, Longest) + "...";
    }
}
