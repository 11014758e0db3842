using System.Globalization;
using OneCode;

namespace Identity.Server.Status;

/// <summary>Names of lists (SPEC section 8): kind, <c>d</c> and day or <c>m</c> and month, shard in base 36.</summary>
internal static class StatusNames
{
    /// <summary>Entries of one list: the size at which Redis wastes no memory (a power of two plus a string header spills over).</summary>
    public const int ShardSize = 1_048_064;

    public const int ShardBytes = ShardSize / 4;

    public static string DayGroup(CredentialKind kind, DateOnly endsOn) =>
        string.Create(CultureInfo.InvariantCulture, $"{LetterOf(kind)}d{endsOn:yyMMdd}");

    public static string MonthGroup(CredentialKind kind, DateOnly endsOn) =>
        string.Create(CultureInfo.InvariantCulture, $"{LetterOf(kind)}m{endsOn:yyMM}");

    public static DateOnly LastDayOfMonth(DateOnly day) => new(day.Year, day.Month, DateTime.DaysInMonth(day.Year, day.Month));

    public static string NameOf(string group, int shard)
    {
        const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";
        var text = "";
        do
        {
            text = Digits[shard % 36] + text;
            shard /= 36;
        }
        while (shard > 0);
        return group + text;
    }

    /// <summary>The series of dense numbers of holdings of a kind.</summary>
    public static string HoldingNumbers(CredentialKind kind) => "holding/" + LetterOf(kind);

    private static char LetterOf(CredentialKind kind) => kind switch
    {
        CredentialKind.Person => 'p',
        CredentialKind.Enterprise => 'e',
        CredentialKind.Vehicle => 'v',
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
