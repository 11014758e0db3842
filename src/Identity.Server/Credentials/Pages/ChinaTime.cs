using System.Globalization;

namespace Identity.Server.Credentials.Pages;

/// <summary>Days as people in one province read them.</summary>
internal static class ChinaTime
{
    private static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    public static string DayOf(DateTimeOffset time) => time.ToOffset(Offset).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The last day on which something that ends at this moment counts.</summary>
    public static string LastDayOf(DateTimeOffset end) => DayOf(end.AddSeconds(-1));
}
