namespace OneCode.Cli.Vectors;

internal static class TimeAndStatusVectors
{
    public static IEnumerable<Vector> All()
    {
        yield return new("time-not-yet", "Fetched ahead, and shown too early.", "Failed NotYetValid Time") { Code = ACode.Phone with { Claims = ACode.PhonePerson with { ValidFrom = World.Now.AddSeconds(61) } } };
        yield return new("time-expired", "At the very second of exp.", "Failed Expired Time") { Code = new ACode { Claims = ACode.PaperPerson with { ExpiresAt = World.Now } } };
        yield return new("time-expired-phone", "Yesterday's code, presented now.", "Failed Expired Time")
        {
            Code = ACode.Phone with
            {
                Claims = ACode.PhonePerson with { IssuedAt = World.Now.AddHours(-30), ValidFrom = World.Now.AddHours(-30), ExpiresAt = World.Now.AddHours(-6) },
            },
        };
        yield return new("time-expired-and-revoked", "Its day list may be gone, so time comes first.", "Failed Expired Time")
        {
            Code = new ACode { Claims = ACode.PaperPerson with { ExpiresAt = World.Now, Status = new StatusReference("pm27110", World.RevokedIndex) } },
        };
        yield return new("time-not-fresh", "A recording: 91 seconds old.", "Failed NotFresh Time") { Code = ACode.Phone with { PresentedAt = World.Now.AddSeconds(-91) } };
        yield return new("time-too-fresh", "Signed for later: 61 seconds ahead.", "Failed NotFresh Time") { Code = ACode.Phone with { PresentedAt = World.Now.AddSeconds(61) } };
        yield return new("clock-behind-trust-list", "The trust list is signed later than now: our clock is wrong, not the code.", "Indeterminate ClockWrong Confidence")
        {
            Code = ACode.Phone,
            Now = World.Now.AddHours(-1).AddSeconds(-61),
            StatusLists = [],
        };
        yield return new("clock-behind-credential", "The credential is issued later than now.", "Indeterminate ClockWrong Confidence")
        {
            Code = new ACode { Claims = ACode.PaperPerson with { IssuedAt = World.Now.AddSeconds(61), ValidFrom = World.Now.AddSeconds(61) } },
        };
        yield return new("clock-behind-status-list", "The status list is signed later than now: the presentation looks old, and it is our clock.", "Indeterminate ClockWrong Confidence")
        {
            Code = ACode.Phone with { PresentedAt = World.Now },
            Now = World.Now.AddMinutes(-7),
        };
        yield return new("clock-behind-short-status-list", "A list that does not reach the code is signed later than now: it still shows that our clock is wrong.", "Indeterminate ClockWrong Confidence")
        {
            Code = ACode.Phone with { PresentedAt = World.Now, Claims = ACode.PhonePerson with { Status = new StatusReference("pd2611250", 1024) } },
            Now = World.Now.AddMinutes(-7),
        };
        yield return new("clock-wrong-and-revoked", "A revocation counts whatever the clock.", "Failed Revoked Status")
        {
            Code = new ACode { Claims = Revoked(World.RevokedIndex) },
            Now = World.Now.AddDays(-2),
        };
        yield return new("status-revoked", "Withdrawn for good.", "Failed Revoked Status") { Code = new ACode { Claims = Revoked(World.RevokedIndex) } };
        yield return new("status-revoked-phone", "A lost phone, still signing.", "Failed Revoked Status")
        {
            Code = ACode.Phone with { Claims = ACode.PhonePerson with { Status = new StatusReference("pd2611250", World.RevokedIndex) } },
        };
        yield return new("status-suspended", "Withdrawn for now.", "Failed Suspended Status") { Code = new ACode { Claims = Revoked(World.SuspendedIndex) } };
        yield return new("status-revoked-in-old-list", "A revocation counts however old the list.", "Failed Revoked Status")
        {
            Code = new ACode { Claims = Revoked(World.RevokedIndex) },
            StatusLists = [OldList()],
        };
        yield return new("status-revoked-on-stale-trust", "And under a stale trust list.", "Failed Revoked Status") { Code = new ACode { Claims = Revoked(World.RevokedIndex) }, TrustLists = [StaleTrust()] };
        yield return new("status-revoked-below-floor", "And below the floor.", "Failed Revoked Status") { Code = new ACode { Key = "person-floor", Claims = Revoked(World.RevokedIndex) } };
        yield return new("status-one-bit-revoked", "One bit, set, in a list of one bit an entry.", "Failed Revoked Status")
        {
            Code = new ACode { Claims = Revoked(9) },
            StatusLists = [OneBitList()],
        };
        yield return new("trust-stale", "A trust list past its exp.", "Indeterminate TrustStale Confidence") { Code = new ACode(), TrustLists = [StaleTrust()] };
        yield return new("status-unknown", "No status list held.", "Indeterminate StatusUnknown Confidence") { Code = new ACode(), StatusLists = [] };
        yield return new("status-unknown-other-list", "Only other lists held.", "Indeterminate StatusUnknown Confidence") { Code = new ACode(), StatusLists = [World.StatusLists[0]] };
        yield return new("status-of-other-region", "The right URI, signed by another region's key: answers nothing.", "Indeterminate StatusUnknown Confidence")
        {
            Code = new ACode(),
            StatusLists = [World.SignStatus(World.StatusContent("pm27110"), "status-32")],
        };
        yield return new("status-reserved-value", "A value to which this format gives no meaning.", "Indeterminate StatusUnknown Confidence") { Code = new ACode { Claims = Revoked(World.ReservedIndex) } };
        yield return new("status-not-covered", "An index beyond the list's end.", "Indeterminate NotCovered Confidence") { Code = new ACode { Claims = Revoked(1024) } };
        yield return new("status-no-template", "A key that names no status list.", "Indeterminate NotCovered Confidence") { Code = new ACode { Key = "person-no-status" } };
        yield return new("status-stale", "A list past its exp.", "Indeterminate StatusStale Confidence") { Code = new ACode(), StatusLists = [OldList()] };
        yield return new("status-stale-from-exp", "At the very second of the list's exp.", "Indeterminate StatusStale Confidence") { Code = new ACode(), StatusLists = [World.SignStatus(World.StatusContent("pm27110") with { ExpiresAt = World.Now })] };
        yield return new("status-last-second", "A second before.", "Passed") { Code = new ACode(), StatusLists = [World.SignStatus(World.StatusContent("pm27110") with { ExpiresAt = World.Now.AddSeconds(1) })] };
        yield return new("trust-last-second", "The last second of a trust list.", "Passed") { Code = new ACode(), TrustLists = [World.SignTrust(World.TrustContent with { ExpiresAt = World.Now.AddSeconds(1) })] };
        yield return new("status-stale-elsewhere", "Another list past its exp: one issuer's forgotten job stops nobody else.", "Passed")
        {
            Code = new ACode(),
            StatusLists = [World.SignStatus(World.StatusContent("em31110") with { IssuedAt = World.Now.AddDays(-30), ExpiresAt = World.Now.AddDays(-27) }), World.StatusLists[1]],
        };
        yield return new("status-below-floor", "A list older than the trust list demands: an old one played back.", "Indeterminate StatusStale Confidence") { Code = new ACode { Key = "person-floor" } };
    }

    private static CredentialClaims Revoked(int index) => ACode.PaperPerson with { Status = new StatusReference("pm27110", index) };

    private static byte[] OldList() =>
        World.SignStatus(World.StatusContent("pm27110") with { IssuedAt = World.Now.AddDays(-30), ExpiresAt = World.Now.AddDays(-27) });

    private static byte[] StaleTrust() => World.SignTrust(World.TrustContent with { IssuedAt = World.Now.AddDays(-30), ExpiresAt = World.Now });

    private static byte[] OneBitList()
    {
        var list = new StatusList(8192, 1);
        list.Set(9, StatusValue.Invalid);
        return World.SignStatus(World.StatusContent("pm27110") with { List = list });
    }
}
