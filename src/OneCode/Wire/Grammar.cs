using System.Buffers;

namespace OneCode.Wire;

/// <summary>The small grammars of SPEC 3.1, used when reading and before signing.</summary>
internal static class Grammar
{
    private const int UnmaskedAtMost = 3;

    // GB 32100: no I, O, S, V, Z.
    private static readonly SearchValues<char> CreditCodeAlphabet = SearchValues.Create("0123456789ABCDEFGHJKLMNPQRTUWXY");

    public static bool IsRegion(string text) => text.Length is >= 1 and <= 4 && text.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c));

    public static bool IsListName(string text) => text.Length is >= 1 and <= 16 && text.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterLower(c));

    public static bool IsLastFour(string text) => text.Length == 4 && text.AsSpan(0, 3).IndexOfAnyExceptInRange('0', '9') < 0 && (char.IsAsciiDigit(text[3]) || text[3] == 'X');

    public static bool IsCreditCode(string text) => text.Length == 18 && !text.AsSpan().ContainsAnyExcept(CreditCodeAlphabet);

    public static bool IsPlateKind(string text) => text.Length == 2 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]);

    /// <summary>At least one character, and no control characters: they could make a page or a terminal show something else than was signed.</summary>
    public static bool IsWord(string text) => text.Length > 0 && !text.Any(c => c < 0x20 || (c >= 0x7f && c <= 0x9f));

    /// <summary>The content rule: a name that any camera may see.</summary>
    public static bool IsMasked(string name) => name.Contains('*', StringComparison.Ordinal) && name.EnumerateRunes().Count(rune => rune.Value != '*') <= UnmaskedAtMost;

    /// <summary>A status URI template: printable ASCII with <c>{list}</c> exactly once.</summary>
    public static bool IsTemplate(string text) =>
        text.Length <= 255
        && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0
        && text.IndexOf(TrustedKey.ListPlaceholder, StringComparison.Ordinal) is >= 0 and var first
        && text.IndexOf(TrustedKey.ListPlaceholder, first + 1, StringComparison.Ordinal) < 0;
}
