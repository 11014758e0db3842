using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace OneCode.Cli;

/// <summary>A verdict for a person, for a script, and as an exit code.</summary>
internal static class VerdictText
{
    public static JsonSerializerOptions Layout { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static int ExitCode(Verdict verdict) => verdict switch
    {
        Verdict.Passed => ExitCodes.Passed,
        Verdict.Failed => ExitCodes.Failed,
        _ => ExitCodes.Indeterminate,
    };

    public static JsonObject Json(Verdict verdict)
    {
        var (word, reason, step, credential) = Parts(verdict);
        var json = new JsonObject { ["verdict"] = word };
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
            lines.Add($"  {ClaimsJson.Name(credential.Claims.Form)}, {ClaimsJson.Name(credential.Claims.Kind)}: {Subject(credential.Claims)}");
            lines.Add($"  issued by {credential.Claims.Issuer}, valid until {ClaimsJson.Time(credential.Claims.ExpiresAt)}");
        }

        if (verdict is Verdict.Passed passed)
        {
            lines.Add($"  status as of {ClaimsJson.Time(passed.StatusAsOf)}");
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static string Subject(CredentialClaims claims) => claims.Subject switch
    {
        PersonClaims { LastFour: { } lastFour } person => $"{person.MaskedName}, ID number ends in {lastFour}, level {claims.Level}",
        PersonClaims person => $"{person.MaskedName}, level {claims.Level}",
        EnterpriseClaims enterprise => $"{enterprise.Name}, {enterprise.CreditCode}",
        VehicleClaims vehicle => $"{vehicle.Plate} ({vehicle.PlateKind})",
        _ => string.Empty,
    };

    private static (string Word, string? Reason, string? Step, Credential? Credential) Parts(Verdict verdict) => verdict switch
    {
        Verdict.Passed passed => ("passed", null, null, passed.Credential),
        Verdict.Failed failed => ("failed", failed.Reason.ToString(), failed.Step.ToString(), failed.Credential),
        Verdict.Indeterminate unknown => ("indeterminate", unknown.Missing.ToString(), unknown.Step.ToString(), unknown.Credential),
        _ => throw new InvalidOperationException("A verdict of no known kind."),
    };
}
