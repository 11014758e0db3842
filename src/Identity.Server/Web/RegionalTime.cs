using System.Globalization;

namespace Identity.Server.Web;

/// <summary>Times for people: in China's one time zone, the same in both languages.</summary>
internal static class RegionalTime
{
    public static string Text(DateTimeOffset time) => time.ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
