using Identity.Server.Subjects;
using Xunit;

namespace Identity.Server.Tests.Subjects;

/// <summary>The worked examples of the standards, and one change to each.</summary>
public sealed class NumberTests
{
    private static readonly DateOnly Today = new(2026, 11, 24);

    [Theory]
    [InlineData("11010519491231002X")]
    [InlineData("34990019900307001X")]
    [InlineData("349900195203150032")]
    [InlineData("349900201506010027")]
    [InlineData("349900198506060011")]
    public void A_resident_id_with_its_check_character_is_one(string number)
    {
        Assert.True(ResidentId.TryParse(number, Today, out var id));
        Assert.Equal(number, id.Value);
    }

    [Theory]
    [InlineData("110105194912310021", "the check character is wrong")]
    [InlineData("34990019900307001", "a character is missing")]
    [InlineData("34990019900230001X", "30 February")]
    [InlineData("94990019900307001X", "no province begins with 9")]
    [InlineData("3499001990030700IX", "a letter inside")]
    [InlineData("３", "too short in any width")]
    [InlineData("", "nothing")]
    public void Anything_else_is_no_resident_id(string number, string why) => Assert.False(ResidentId.TryParse(number, Today, out _), why);

    [Fact]
    public void Nobody_is_born_tomorrow() => Assert.False(ResidentId.TryParse("349900201506010027", new DateOnly(2015, 5, 31), out _));

    [Theory]
    [InlineData(" 34990019900307001x ")]
    [InlineData("349900 19900307 001X")]
    [InlineData("３４９９００１９９００３０７００１ｘ")]
    public void Spelling_does_not_make_another_person(string number)
    {
        Assert.True(ResidentId.TryParse(number, Today, out var id));
        Assert.Equal("34990019900307001X", id.Value);
        Assert.Equal(new DateOnly(1990, 3, 7), id.BirthDate);
    }

    [Theory]
    [InlineData(DocumentType.HkMacaoTaiwanResidence, "810000198801010012")]
    [InlineData(DocumentType.HkMacaoTaiwanResidence, "830000199003070027")]
    [InlineData(DocumentType.ForeignPermanentResidence, "934156198001010012")]
    [InlineData(DocumentType.HkMacaoPermit, "H1234567800")]
    [InlineData(DocumentType.TaiwanPermit, "12345678")]
    [InlineData(DocumentType.ChinesePassport, "E12345678")]
    [InlineData(DocumentType.ForeignPermanentResidence2017, "USA123456789012")]
    internal void Each_document_has_its_own_rule(DocumentType type, string number)
    {
        Assert.True(DocumentNumber.TryParse(type, number, Today, out var document));
        Assert.Equal(number, document.Value);
        Assert.DoesNotContain(number, document.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DocumentType.HkMacaoTaiwanResidence, "34990019900307001X")]
    [InlineData(DocumentType.ForeignPermanentResidence, "34990019900307001X")]
    [InlineData(DocumentType.ResidentId, "934156198001010012")]
    [InlineData(DocumentType.ResidentId, "91349900MA2T000159")]
    [InlineData((DocumentType)99, "34990019900307001X")]
    internal void A_number_under_another_documents_name_is_refused(DocumentType type, string number) =>
        Assert.False(DocumentNumber.TryParse(type, number, Today, out _));

    [Theory]
    [InlineData("91350100M000100Y43")]
    [InlineData("91349900MA2T000159")]
    [InlineData("92349900MA9999A17B")]
    public void A_uscc_with_both_check_characters_is_one(string code) => Assert.True(Uscc.TryParse(code, out _));

    [Theory]
    [InlineData("91350100M000100Y44", "the last character is wrong")]
    [InlineData("91350100M000100Y53", "the organisation code's is wrong")]
    [InlineData("91350100M0O0100Y43", "O is not in the alphabet")]
    [InlineData("34990019900307001X", "an ID number")]
    public void Anything_else_is_no_uscc(string code, string why) => Assert.False(Uscc.TryParse(code, out _), why);

    [Fact]
    public void Remainder_zero_gives_check_character_zero()
    {
        // Sum divisible by 31: the implementation that forgets the second modulus looks for a 32nd character.
        var found = 0;
        for (var i = 0; i < 200_000 && found < 3; i++)
        {
            found += Uscc.TryParse($"91340000{OrganisationCode(i)}0", out _) ? 1 : 0;
        }

        Assert.Equal(3, found);
    }

    [Theory]
    [InlineData("1M8GDM9AXKP042788", true)]
    [InlineData("11111111111111111", true)]
    [InlineData("LTEST00A6PM000001", true)]
    [InlineData("WAUZZZ8K9BA000002", false)]
    public void A_wrong_check_digit_in_a_vin_is_a_warning_only(string number, bool right)
    {
        Assert.True(Vin.TryParse(number, out var vin));
        Assert.Equal(right, vin.HasRightCheckDigit);
    }

    [Theory]
    [InlineData("1M8GDM9AXKP04278")]
    [InlineData("1M8GDM9AXKP04278O")]
    public void What_cannot_be_a_vin_is_none(string number) => Assert.False(Vin.TryParse(number, out _));

    [Theory]
    [InlineData("02", "皖A00001", "皖A00001")]
    [InlineData("02", "皖A·00001", "皖A00001")]
    [InlineData("02", "皖a 00001", "皖A00001")]
    [InlineData("52", "皖AD00001", "皖AD00001")]
    [InlineData("51", "皖A00001D", "皖A00001D")]
    [InlineData("15", "皖A1234挂", "皖A1234挂")]
    [InlineData("16", "皖A1234学", "皖A1234学")]
    [InlineData("26", "粤Z1234港", "粤Z1234港")]
    [InlineData("04", "沪A1234领", "沪A1234领")]
    [InlineData("03", "使123456", "使123456")]
    public void A_plate_is_read_by_its_kind(string kind, string text, string number)
    {
        Assert.True(Plate.TryParse(kind, text, out var plate));
        Assert.Equal(number, plate.Number);
    }

    [Theory]
    [InlineData("52", "皖A00001D")]
    [InlineData("51", "皖AD00001")]
    [InlineData("02", "皖I00001")]
    [InlineData("02", "皖A0000O")]
    [InlineData("77", "皖A00001")]
    [InlineData("2", "皖A00001")]
    public void A_plate_of_another_kind_is_refused(string kind, string text) => Assert.False(Plate.TryParse(kind, text, out _));

    [Fact]
    public void The_same_number_under_two_kinds_is_two_plates()
    {
        Assert.True(Plate.TryParse("01", "皖A12345", out var yellow));
        Assert.True(Plate.TryParse("02", "皖A12345", out var blue));
        Assert.NotEqual(yellow, blue);
        Assert.Equal("皖A·**345", blue.Masked);
    }

    [Theory]
    [InlineData("张敏", "张*")]
    [InlineData("张小明", "张*明")]
    [InlineData("欧阳娜娜", "欧**娜")]
    [InlineData("阿不都热西提·买买提", "阿**提")]
    [InlineData("𠮷野", "𠮷*")]
    [InlineData("张", "*")]
    public void A_masked_name_tells_only_those_who_know(string name, string masked) => Assert.Equal(masked, Masked.Name(name));

    [Fact]
    public void A_masked_number_shows_two_and_two() => Assert.Equal("34**************1X", Masked.Number("34990019900307001X"));

    private static string OrganisationCode(int i)
    {
        ReadOnlySpan<int> weights = [3, 7, 9, 10, 5, 8, 4, 2];
        var digits = i.ToString("D8", System.Globalization.CultureInfo.InvariantCulture);
        var sum = 0;
        for (var at = 0; at < 8; at++)
        {
            sum += (digits[at] - '0') * weights[at];
        }

        return digits + (11 - sum % 11) switch { 10 => "X", 11 => "0", var digit => digit.ToString(System.Globalization.CultureInfo.InvariantCulture) };
    }
}
