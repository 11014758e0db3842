using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Identity.Server.Subjects;

/// <summary>
/// 号牌 (GA 36-2018) with its kind (号牌种类, GA/T 16.7). The number alone is no key: the same 皖A12345 may exist in yellow (01)
/// and in blue (02).
/// </summary>
internal readonly partial record struct Plate
{
    private static readonly FrozenDictionary<string, Regex> ShapeByKind = new Dictionary<string, Regex>
    {
        ["01"] = Ordinary(),
        ["02"] = Ordinary(),
        ["03"] = Embassy(),
        ["04"] = Consulate(),
        ["06"] = Ordinary(),
        ["07"] = Ordinary(),
        ["08"] = Ordinary(),
        ["09"] = Embassy(),
        ["10"] = Consulate(),
        ["13"] = Ordinary(),
        ["14"] = Ordinary(),
        ["15"] = Trailer(),
        ["16"] = Training(),
        ["17"] = Training(),
        ["18"] = Ordinary(),
        ["19"] = Ordinary(),
        ["23"] = Police(),
        ["24"] = Police(),
        ["25"] = Ordinary(),
        ["26"] = HongKong(),
        ["27"] = Macao(),
        ["51"] = LargeNewEnergy(),
        ["52"] = SmallNewEnergy(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private Plate(string kind, string number) => (Kind, Number) = (kind, number);

    /// <summary>Two digits of GA/T 16.7: <c>02</c> small car, <c>52</c> small new-energy car.</summary>
    public string Kind { get; }

    public string Number { get; }

    /// <summary>What a stranger may read back: 皖A·**001.</summary>
    public string Masked => string.Concat(Number.AsSpan(0, 2), "·**", Number.AsSpan(Number.Length - 3));

    public static bool TryParse(string? kind, string? text, out Plate plate)
    {
        plate = default;
        var number = Normalised.Of(text);
        if (kind is null || !ShapeByKind.TryGetValue(kind, out var shape) || !shape.IsMatch(number))
        {
            return false;
        }

        plate = new Plate(kind, number);
        return true;
    }

    /// <summary>Whether a normalised text is a plate of some kind.</summary>
    public static bool IsPlausible(string number) => ShapeByKind.Values.Any(shape => shape.IsMatch(number));

    public override string ToString() => $"{Number} ({Kind})";

    private const string Provinces = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]";

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{{5}}\\z")]
    private static partial Regex Ordinary();

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][DABCEFGHJK][A-HJ-NP-Z0-9][0-9]{{4}}\\z")]
    private static partial Regex SmallNewEnergy();

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][0-9]{{5}}[DABCEFGHJK]\\z")]
    private static partial Regex LargeNewEnergy();

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}挂\\z")]
    private static partial Regex Trailer();

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}学\\z")]
    private static partial Regex Training();

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}警\\z")]
    private static partial Regex Police();

    [GeneratedRegex("^粤Z[A-HJ-NP-Z0-9]{4}港\\z")]
    private static partial Regex HongKong();

    [GeneratedRegex("^粤Z[A-HJ-NP-Z0-9]{4}澳\\z")]
    private static partial Regex Macao();

    [GeneratedRegex($"^{Provinces}[A-HJ-NP-Z][0-9]{{4}}领\\z")]
    private static partial Regex Consulate();

    [GeneratedRegex("^(使[0-9]{6}|[0-9]{6}使)\\z")]
    private static partial Regex Embassy();
}
