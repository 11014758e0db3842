namespace Identity.Server.Credentials;

/// <summary>
/// Why a code is withdrawn or suspended: a closed list, because a free reason is how codes were turned red without law. The names
/// are stable. Staff need one and have their own; holders of their own codes need none.
/// </summary>
internal static class Reasons
{
    public const string Lost = "lost";
    public const string DeviceEnded = "device_ended";

    public static readonly IReadOnlyList<string> OfHolders = [Lost, "stolen", "damaged", "replaced", "no_longer_needed"];

    public static readonly IReadOnlyList<string> OfStaff =
        ["holder_request", "lost", "stolen", "data_wrong", "issued_in_error", "subject_ended", "mandate_ended", "court_order", "key_compromised"];
}
