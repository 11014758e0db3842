using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Identity.Server.Subjects;

/// <summary>Which document proves a person. The numbers are stored and hashed: never change one.</summary>
internal enum DocumentType
{
    /// <summary>居民身份证</summary>
    ResidentId = 1,

    /// <summary>港澳台居民居住证</summary>
    HkMacaoTaiwanResidence = 2,

    /// <summary>外国人永久居留身份证, 2023 and later</summary>
    ForeignPermanentResidence = 3,

    /// <summary>外国人永久居留身份证, 2017</summary>
    ForeignPermanentResidence2017 = 4,

    /// <summary>港澳居民来往内地通行证</summary>
    HkMacaoPermit = 5,

    /// <summary>台湾居民来往大陆通行证</summary>
    TaiwanPermit = 6,

    /// <summary>中国护照</summary>
    ChinesePassport = 7,
}

/// <summary>
/// A document's type and number, checked by the type's own rule. The type always travels with the number: 18 digits alone may
/// be an ID number or a USCC. Another document is one more line in the table.
/// </summary>
internal readonly partial record struct DocumentNumber
{
    private static readonly FrozenDictionary<DocumentType, Func<string, DateOnly, bool>> Rules =
        new Dictionary<DocumentType, Func<string, DateOnly, bool>>
        {
            [DocumentType.ResidentId] = (number, today) => ResidentId.TryParse(number, today, out _),
            [DocumentType.HkMacaoTaiwanResidence] = (number, today) =>
                ResidenceAddress().IsMatch(number) && ResidentId.TryParse(number, today, "8", out _),
            [DocumentType.ForeignPermanentResidence] = (number, today) => ResidentId.TryParse(number, today, "9", out _),
            [DocumentType.ForeignPermanentResidence2017] = (number, _) => ForeignPermanentResidence2017().IsMatch(number),
            [DocumentType.HkMacaoPermit] = (number, _) => HkMacaoPermit().IsMatch(number),
            [DocumentType.TaiwanPermit] = (number, _) => TaiwanPermit().IsMatch(number),
            [DocumentType.ChinesePassport] = (number, _) => ChinesePassport().IsMatch(number),
        }.ToFrozenDictionary();

    private DocumentNumber(DocumentType type, string value) => (Type, Value) = (type, value);

    public DocumentType Type { get; }

    public string Value { get; }

    public static bool TryParse(DocumentType type, string? text, DateOnly today, out DocumentNumber number)
    {
        number = default;
        var value = Normalised.Of(text);
        if (!Rules.TryGetValue(type, out var isRight) || !isRight(value, today))
        {
            return false;
        }

        number = new DocumentNumber(type, value);
        return true;
    }

    /// <summary>Never the number: a document number that reaches a log by accident must not be readable there.</summary>
    public override string ToString() => $"{Type} ****";

    [GeneratedRegex(@"^8[123]0000")]
    private static partial Regex ResidenceAddress();

    [GeneratedRegex(@"^[A-Z]{3}[0-9]{12}\z")]
    private static partial Regex ForeignPermanentResidence2017();

    [GeneratedRegex(@"^[HM][0-9]{8}([0-9]{2})?\z")]
    private static partial Regex HkMacaoPermit();

    [GeneratedRegex(@"^([0-9]{8}|[0-9]{10})\z")]
    private static partial Regex TaiwanPermit();

    [GeneratedRegex(@"^(E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|G[0-9]{8}|[DS]E?[0-9]{7,8}|PE?[0-9]{7})\z")]
    private static partial Regex ChinesePassport();
}
