using System.Text.Json.Nodes;

namespace OneCode.Cli;

/// <summary>A verdict for a person, for a script, and as an exit code.</summary>
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

    /// <summary>The word of an answer in JSON, here and in JavaScript.</summary>
    public static string Word(Answer answer) => answer switch
    {
        Answer.Valid => "valid",
        Answer.Revoked => "revoked",
        Answer.Suspended => "suspended",
        Answer.Stale => "stale",
        Answer.NotCovered => "notCovered",
        Answer.Invalid => "invalid",
        _ => "cannotTell",
    };

    public static JsonObject Json(Verdict verdict)
    {
        var (word, reason, step, credential) = Parts(verdict);
        var json = new JsonObject { ["verdict"] = word, ["answer"] = Word(verdict.Answer) };
        if (reason is not null)
        {
            json["reason"] = reason;
            json["step"] = step;
        }

        if (verdict is Verdict.Passed passed)
        {
            json["statusAsOf"] = ClaimsJson.Time(passed.StatusAsOf);
        }

        if (credential is not null)
        {
            json["kind"] = ClaimsJson.Name(credential.Claims.Kind);
            json["form"] = ClaimsJson.Name(credential.Claims.Form);
            if (credential.Level is { } level)
            {
                json["level"] = level;
            }

            json["claims"] = ClaimsJson.Of(credential.Claims);
        }

        return json;
    }

    public static string Words(Verdict verdict)
    {
        var (word, reason, step, credential) = Parts(verdict);
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

    private static (string Word, string? Reason, string? Step, Credential? Credential) Parts(Verdict verdict) => verdict switch
    {
        Verdict.Passed passed => ("passed", null, null, passed.Credential),
        Verdict.Failed failed => ("failed", failed.Reason.ToString(), failed.Step.ToString(), failed.Credential),
        Verdict.Indeterminate unknown => ("indeterminate", unknown.Missing.ToString(), unknown.Step.ToString(), unknown.Credential),
        _ => throw new InvalidOperationException("A verdict of no known kind."),
    };
}
