namespace Identity.Server.Subjects;

/// <summary>What a stranger may read of a name or a number.</summary>
internal static class Masked
{
    /// <summary>张敏 becomes 张*, 张小明 becomes 张*明; a longer name keeps its first and last character around two stars, so that stars do not count it.</summary>
    public static string Name(string name)
    {
        // Runes, not chars: the rare characters of many surnames lie outside the basic plane.
        var runes = name.Trim().EnumerateRunes().ToArray();
        return runes.Length switch
        {
            0 or 1 => "*",
            2 => $"{runes[0]}*",
            3 => $"{runes[0]}*{runes[2]}",
            _ => $"{runes[0]}**{runes[^1]}",
        };
    }

    /// <summary>34**************1X: the first two and the last two.</summary>
    public static string Number(string number) =>
        number.Length < 5 ? "****" : string.Concat(number.AsSpan(0, 2), new string('*', number.Length - 4), number.AsSpan(number.Length - 2));
}
