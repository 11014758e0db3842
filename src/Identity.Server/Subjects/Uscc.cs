using System.Buffers;

namespace Identity.Server.Subjects;

/// <summary>
/// 统一社会信用代码 (GB 32100-2015): 18 characters, a check character of its own, and inside it (9 to 17) the organisation code
/// of GB 11714 with another. Both are checked: an 18-digit ID number can look like one.
/// </summary>
internal readonly record struct Uscc
{
    private const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);
    private const string FirstCharacters = "123456789ANY";
    private static ReadOnlySpan<byte> Weights => [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    private static ReadOnlySpan<byte> OrganisationWeights => [3, 7, 9, 10, 5, 8, 4, 2];

    private Uscc(string value) => Value = value;

    public string Value { get; }

    /// <summary>The first two characters: who registered it and what it is (91 enterprise, 92 individual business, 93 cooperative, 51 association ...).</summary>
    public string KindCode => Value[..2];

    public static bool TryParse(string? text, out Uscc uscc)
    {
        uscc = default;
        var value = Normalised.Of(text);
        if (value.Length != 18
            || value.AsSpan().ContainsAnyExcept(Allowed)
            || !FirstCharacters.Contains(value[0], StringComparison.Ordinal)
            || value.AsSpan(2, 6).ContainsAnyExceptInRange('0', '9')
            || value[^1] != CheckCharacter(value)
            || value[16] != OrganisationCheckCharacter(value.AsSpan(8, 8)))
        {
            return false;
        }

        uscc = new Uscc(value);
        return true;
    }

    public override string ToString() => Value;

    private static char CheckCharacter(string value)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
        {
            sum += Alphabet.IndexOf(value[i], StringComparison.Ordinal) * Weights[i];
        }

        // The second modulus is the one that is commonly forgotten: remainder 0 must give 0, not 31.
        return Alphabet[(31 - sum % 31) % 31];
    }

    private static char OrganisationCheckCharacter(ReadOnlySpan<char> code)
    {
        var sum = 0;
        for (var i = 0; i < OrganisationWeights.Length; i++)
        {
            sum += (char.IsAsciiDigit(code[i]) ? code[i] - '0' : code[i] - 'A' + 10) * OrganisationWeights[i];
        }

        return (11 - sum % 11) switch
        {
            10 => 'X',
            11 => '0',
            var digit => (char)('0' + digit),
        };
    }
}
