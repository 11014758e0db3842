using Microsoft.Extensions.Localization;

namespace Identity.Server.Accounts;

internal static class Waiting
{
    /// <summary>"30 seconds", "5 minutes", "1 hours": rounded up, in the page's language.</summary>
    public static string InWords(TimeSpan wait, IStringLocalizer texts) => wait switch
    {
        { TotalSeconds: <= 60 } => texts["Seconds", Math.Max(1, Math.Ceiling(wait.TotalSeconds))],
        { TotalMinutes: <= 60 } => texts["Minutes", Math.Ceiling(wait.TotalMinutes)],
        _ => texts["Hours", Math.Ceiling(wait.TotalHours)],
    };
}
