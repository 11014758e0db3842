using OneCode.Json;

namespace OneCode.Cli;

/// <summary>A verdict for a person, and as an exit code.</summary>
internal static class VerdictText
{
    public static int ExitCode(Verdict verdict) => verdict switch
    {
        Verdict.Passed => ExitCodes.Passed,
        Verdict.Failed => ExitCodes.Failed,
        _ => ExitCodes.Indeterminate,
    };

    /// <summary>For scripts that must not take a revoked code for a forged one.</summary>
    public static int DistinctExitCode(Verdict verdict) => verdict.Answer switch
    {
        Answer.Valid => ExitCodes.Passed,
        Answer.Revoked => ExitCodes.Revoked,
        Answer.Suspended => ExitCodes.Suspended,
        Answer.Stale => ExitCodes.Stale,
        Answer.NotCovered => ExitCodes.NotCovered,
        Answer.Invalid => ExitCodes.Failed,
        _ => ExitCodes.Indeterminate,
    };

    public static string Words(Verdict verdict)
    {
        var (word, reason, step, credential) = VerdictJson.Parts(verdict);
        List<string> lines = [reason is null ? word : $"{word}: {reason} (at {step})"];
        if (credential is not null)
        {
            lines.Add($"  {ClaimsJson.Name(credential.Claims.Form)}, {ClaimsJson.Name(credential.Claims.Kind)}: {Subject(credential)}");
            lines.Add($"  issued by {credential.Claims.Issuer}, valid until {ClaimsJson.Time(credential.Claims.ExpiresAt)}");
        }

        if (verdict is Verdict.Passed passed)
        {
            lines.Add($"  status as of {ClaimsJson.Time(passed.StatusAsOf)}");
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static string Subject(Credential credential) => credential.Claims.Subject switch
    {
        PersonClaims { LastFour: { } lastFour } person => $"{person.MaskedName}, ID number ends in {lastFour}, level {Level(credential)}",
        PersonClaims person => $"{person.MaskedName}, level {Level(credential)}",
        EnterpriseClaims enterprise => $"{enterprise.Name}, {enterprise.CreditCode}",
        VehicleClaims vehicle => $"{vehicle.Plate} ({vehicle.PlateKind})",
        _ => string.Empty,
    };

    private static string Level(Credential credential) =>
        credential.Level == credential.Claims.Level ? $"{credential.Level}" : $"{credential.Level} here ({credential.Claims.Level} in {credential.Claims.Issuer})";
}
