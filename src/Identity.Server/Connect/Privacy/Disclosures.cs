using System.Globalization;
using Identity.Server.Subjects;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Privacy;

/// <summary>What of a person each scope tells. The scope is the unit that is registered with a purpose, asked for and allowed.</summary>
internal static class Disclosures
{
    public const string AgeOver18 = "age_over_18";

    private static readonly Dictionary<string, string> ScopeOfClaim = new(StringComparer.Ordinal)
    {
        [Claims.Name] = Scopes.Profile,
        [Claims.Birthdate] = Scopes.Birthdate,
        [AgeOver18] = Scopes.Age,
    };

    public static IEnumerable<string> ClaimNames => ScopeOfClaim.Keys;

    /// <summary>Null for a claim that comes without asking, or that nobody has here.</summary>
    public static string? ScopeOf(string claim) => ScopeOfClaim.GetValueOrDefault(claim);

    /// <summary>The values of what <paramref name="scopes"/> allow. A number that does not say a birthday gives none.</summary>
    public static IEnumerable<(string Claim, object Value)> Of(PersonFacts person, IReadOnlyCollection<string> scopes, DateTimeOffset now)
    {
        if (scopes.Contains(Scopes.Profile))
        {
            yield return (Claims.Name, person.Name);
        }

        if (person.BirthDate is not { } born)
        {
            yield break;
        }

        if (scopes.Contains(Scopes.Birthdate))
        {
            yield return (Claims.Birthdate, born.ToString("O", CultureInfo.InvariantCulture));
        }

        if (scopes.Contains(Scopes.Age))
        {
            // In China's time zone: a birthday begins where the person is.
            yield return (AgeOver18, born.AddYears(18) <= DateOnly.FromDateTime(now.ToOffset(TimeSpan.FromHours(8)).Date));
        }
    }
}
