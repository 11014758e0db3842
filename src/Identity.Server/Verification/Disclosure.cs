using OneCode;

namespace Identity.Server.Verification;

/// <summary>
/// What a verifier is told. Without a scene: what the code itself shows to any camera. With one: the scene's fields and no others.
/// Nothing here says more than the code holds, but <c>sub_s</c>; full names and numbers need the holder's consent on the phone,
/// which is not offered yet.
/// </summary>
internal static class Disclosure
{
    private static readonly string[] ByDefault =
        ["name_m", "last_four", "level", "uscc", "name", "kind_code", "ends_on", "plate", "plate_kind", "inspection_ends_on"];

    private static readonly Dictionary<string, Func<CredentialClaims, object?>> Table = new(StringComparer.Ordinal)
    {
        ["name_m"] = claims => (claims.Subject as PersonClaims)?.MaskedName,
        ["last_four"] = claims => (claims.Subject as PersonClaims)?.LastFour,
        ["level"] = claims => claims.Level,
        ["uscc"] = claims => (claims.Subject as EnterpriseClaims)?.CreditCode,
        ["name"] = claims => (claims.Subject as EnterpriseClaims)?.Name,
        ["kind_code"] = claims => (claims.Subject as EnterpriseClaims)?.KindCode,
        ["ends_on"] = claims => (claims.Subject as EnterpriseClaims)?.EndsOn,
        ["plate"] = claims => (claims.Subject as VehicleClaims)?.Plate,
        ["plate_m"] = claims => claims.Subject is VehicleClaims { Plate: { Length: > 4 } plate } ? string.Concat(plate.AsSpan(0, 2), "·**", plate.AsSpan(plate.Length - 3)) : null,
        ["plate_kind"] = claims => (claims.Subject as VehicleClaims)?.PlateKind,
        ["inspection_ends_on"] = claims => (claims.Subject as VehicleClaims)?.InspectionEndsOn,
    };

    /// <summary>The verifier's own pseudonym of the subject: the same at its next scan, another for every other verifier.</summary>
    public const string Pseudonym = "sub_s";

    public static readonly IReadOnlySet<string> Fields = new HashSet<string>(Table.Keys, StringComparer.Ordinal) { Pseudonym };

    /// <summary>Names in camel case, as everything in the API.</summary>
    public static Dictionary<string, object> Of(Credential credential, Scene? scene)
    {
        // What the level counts for here, which is what a verifier decides by.
        var claims = credential.Claims with { Level = credential.Level };
        var shown = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var field in scene?.Fields ?? ByDefault)
        {
            if (Table.TryGetValue(field, out var read) && read(claims) is { } value)
            {
                shown[NameOf(field)] = value;
            }
        }

        return shown;
    }

    public static string NameOf(string field) => field switch
    {
        "name_m" => "name",
        "uscc" => "creditCode",
        "last_four" => "lastFour",
        "kind_code" => "kindCode",
        "ends_on" => "endsOn",
        "plate_m" => "maskedPlate",
        "plate_kind" => "plateKind",
        "inspection_ends_on" => "inspectedUntil",
        Pseudonym => "subject",
        _ => field,
    };
}
