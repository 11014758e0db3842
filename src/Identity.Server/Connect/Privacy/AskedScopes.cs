using Identity.Server.Clients;
using OpenIddict.Abstractions;

namespace Identity.Server.Connect.Privacy;

/// <summary>
/// What a request asks for: its scopes, and of the <c>claims</c> parameter (OpenID Connect Core 5.5) the scopes that those claims belong
/// to. Claims beyond the client's registration are left out, as claims that nobody has.
/// </summary>
/// <param name="All">Everything, in the order of the request.</param>
/// <param name="Required">What the application does not work without; the rest the person may leave out.</param>
/// <param name="InIdentityToken">Claims that are wanted in the identity token as well.</param>
internal sealed record AskedScopes(IReadOnlyList<string> All, IReadOnlySet<string> Required, IReadOnlyList<string> InIdentityToken)
{
    private static readonly string[] Targets = ["id_token", "userinfo"];

    public static AskedScopes Of(OpenIddictRequest request, ClientSettings client)
    {
        var scopes = request.GetScopes().ToList();
        var required = scopes.Where(scope => !client.OptionalScopes.Contains(scope)).ToHashSet(StringComparer.Ordinal);
        var inIdentityToken = new List<string>();
        if (scopes.Contains(Scopes.OpenId) && StepUp.Read((string?)request["claims"]) is { } claims)
        {
            foreach (var (target, claim, scope) in from target in Targets
                                                   from claim in Disclosures.ClaimNames
                                                   select (target, claim, Disclosures.ScopeOf(claim)!))
            {
                if (StepUp.Member(claims, target, claim) is not { } wanted || !client.Scopes.Contains(scope))
                {
                    continue;
                }

                if (!scopes.Contains(scope))
                {
                    scopes.Add(scope);
                }

                // "Voluntary" is OpenID Connect's word for what is not essential: the person may leave it out.
                if (StepUp.IsEssential(wanted) && !client.OptionalScopes.Contains(scope))
                {
                    required.Add(scope);
                }

                if (target == "id_token")
                {
                    inIdentityToken.Add(claim);
                }
            }
        }

        return new AskedScopes(scopes, required, inIdentityToken);
    }
}
