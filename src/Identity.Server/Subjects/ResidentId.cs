using System.Globalization;

namespace Identity.Server.Subjects;

/// <summary>
/// 公民身份号码 (GB 11643-1999): 18 characters with an ISO 7064 MOD 11-2 check character. The residence permit of Hong Kong,
/// Macao and Taiwan residents and the 2023 foreign permanent resident card use the same shape with other first digits.
/// </summary>
internal readonly record struct ResidentId
{
    private const int Length = 18;
    private const string CheckCharacters = "10X98765432";
    private static ReadOnlySpan<byte> Weights => [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    private ResidentId(string value, DateOnly birthDate) => (Value, BirthDate) = (value, birthDate);

    public string Value { get; }

    public DateOnly BirthDate { get; }

    /// <summary>Reads a citizen's number. <paramref name="today"/> because nobody is born tomorrow.</summary>
    public static bool TryParse(string? text, DateOnly today, out ResidentId id) => TryParse(text, today, "12345678", out id);

    /// <summary>Reads a number of this shape whose first digit is one of <paramref name="firstDigits"/>.</summary>
    internal static bool TryParse(string? text, DateOnly today, string firstDigits, out ResidentId id)
    {
        id = default;
        var value = Normalised.Of(text);
        if (value.Length != Length
            || value.AsSpan(0, Length - 1).ContainsAnyExceptInRange('0', '9')
            || !firstDigits.Contains(value[0], StringComparison.Ordinal)
            || value[^1] != CheckCharacter(value)
            || !DateOnly.TryParseExact(value.AsSpan(6, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var birthDate)
            || birthDate.Year < 1800
            || birthDate > today)
        {
            return false;
        }

        id = new ResidentId(value, birthDate);
        return true;
    }

    public override string ToString() => Value;

    private static char CheckCharacter(string value)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
        {
            sum += (value[i] - '0') * Weights[i];
        }

        return CheckCharacters[sum % 11];
    }
}
