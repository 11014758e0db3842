using System.CommandLine;
using System.Globalization;

namespace OneCode.Cli;

internal static class CommandTime
{
    // A year short of what the type can say: whoever judges or signs adds days to it.
    private static readonly DateTimeOffset Last = new(9998, 12, 31, 0, 0, 0, TimeSpan.Zero);

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

            result.AddError($"'{result.Tokens.Single().Value}' is no time from 1970 to 9998: write 2026-11-24T12:00:00Z or seconds since 1970.");
            return null;
        },
    };

    private static bool TryParse(string text, out DateTimeOffset time)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time) && time >= DateTimeOffset.UnixEpoch && time <= Last;
        }

        var isTime = seconds <= Last.ToUnixTimeSeconds();
        time = isTime ? DateTimeOffset.FromUnixTimeSeconds(seconds) : default;
        return isTime;
    }
}
