using System.CommandLine;
using System.Globalization;

namespace OneCode.Cli;

internal static class CommandTime
{
    /// <summary>An option that is a time.</summary>
    public static Option<DateTimeOffset?> Option(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (TryParse(result.Tokens.Single().Value, out var time))
            {
                return time;
            }

            result.AddError($"'{result.Tokens.Single().Value}' is no time: write 2026-11-24T12:00:00Z or seconds since 1970.");
            return null;
        },
    };

    public static bool TryParse(string text, out DateTimeOffset time)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 253402300799)
        {
            time = DateTimeOffset.FromUnixTimeSeconds(seconds);
            return true;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
