namespace Identity.Server.Administration;

/// <summary>The duties of staff, kept apart: who changes codes does not read the trail of it, and the other way round (等保三权分立).</summary>
internal static class StaffPolicies
{
    public const string ChangesCodes = "staff:changes-codes";
    public const string ReadsTrail = "staff:reads-trail";

    /// <summary>Withdraws many codes at once.</summary>
    public const string WithdrawsInBulk = "staff:withdraws-in-bulk";

    /// <summary>Accounts, sessions and whether applications hear of their end.</summary>
    public const string GuardsAccess = "staff:guards-access";

    /// <summary>Who lets applications in: the security officer, whose duty is what others may do.</summary>
    public const string ReviewsClients = "staff:reviews-clients";
}
