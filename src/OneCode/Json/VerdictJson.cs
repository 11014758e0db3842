using System.Text.Json.Nodes;

namespace OneCode.Json;

/// <summary>A verdict as JSON: what <c>onecode</c> prints and <c>libonecode</c> answers. One writer, so that scripts move from one to the other.</summary>
internal static class VerdictJson
{
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

    /// <summary>The verdict alone.</summary>
    public static JsonObject Of(Verdict verdict)
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

    /// <summary>The verdict, when it was given, and how old the lists are that it rests on, in seconds: what a gate keeps.</summary>
    public static JsonObject Of(Verdict verdict, DateTimeOffset at, TimeSpan? statusAge, TimeSpan? trustAge)
    {
        var json = Of(verdict);
        json["at"] = ClaimsJson.Time(at);
        if (statusAge is { } status)
        {
            json["statusAge"] = (long)status.TotalSeconds;
        }

        if (trustAge is { } trust)
        {
            json["trustAge"] = (long)trust.TotalSeconds;
        }

        return json;
    }

    /// <summary>The words of a verdict.</summary>
    public static (string Word, string? Reason, string? Step, Credential? Credential) Parts(Verdict verdict) => verdict switch
    {
        Verdict.Passed passed => ("passed", null, null, passed.Credential),
        Verdict.Failed failed => ("failed", failed.Reason.ToString(), failed.Step.ToString(), failed.Credential),
        Verdict.Indeterminate unknown => ("indeterminate", unknown.Missing.ToString(), unknown.Step.ToString(), unknown.Credential),
        _ => throw new InvalidOperationException("A verdict of no known kind."),
    };
}
