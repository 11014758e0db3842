using System.Globalization;
using System.Text.Json.Nodes;

namespace OneCode.Json;

/// <summary>Claims for people and scripts: names instead of numbers, times in ISO 8601.</summary>
internal static class ClaimsJson
{
    public static JsonObject Of(CredentialClaims claims)
    {
        var json = new JsonObject
        {
            ["issuer"] = claims.Issuer,
            ["kind"] = Name(claims.Kind),
            ["form"] = Name(claims.Form),
            ["subject"] = SubjectOf(claims.Subject),
            ["issuedAt"] = Time(claims.IssuedAt),
            ["validFrom"] = Time(claims.ValidFrom),
            ["expiresAt"] = Time(claims.ExpiresAt),
            ["status"] = new JsonObject { ["list"] = claims.Status.List, ["index"] = claims.Status.Index },
        };
        if (claims.Level is { } level)
        {
            json["level"] = level;
        }

        if (claims.Holder is { } holder)
        {
            json["holder"] = new JsonObject { ["x"] = Convert.ToHexStringLower(holder.X), ["yIsOdd"] = holder.YIsOdd };
        }

        return json;
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Name(CredentialKind kind) => kind switch
    {
        CredentialKind.Person => "person",
        CredentialKind.Enterprise => "enterprise",
        _ => "vehicle",
    };

    public static string Name(CredentialForm form) => form == CredentialForm.Paper ? "paper" : "phone";

    private static JsonObject SubjectOf(SubjectClaims subject)
    {
        var json = subject switch
        {
            PersonClaims person => new JsonObject { ["maskedName"] = person.MaskedName, ["lastFour"] = person.LastFour },
            EnterpriseClaims enterprise => new JsonObject
            {
                ["creditCode"] = enterprise.CreditCode,
                ["name"] = enterprise.Name,
                ["kindCode"] = enterprise.KindCode,
                ["endsOn"] = Day(enterprise.EndsOn),
            },
            VehicleClaims vehicle => new JsonObject
            {
                ["plate"] = vehicle.Plate,
                ["plateKind"] = vehicle.PlateKind,
                ["inspectionEndsOn"] = Day(vehicle.InspectionEndsOn),
            },
            _ => [],
        };
        foreach (var absent in json.Where(member => member.Value is null).Select(member => member.Key).ToList())
        {
            json.Remove(absent);
        }

        return json;
    }

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
