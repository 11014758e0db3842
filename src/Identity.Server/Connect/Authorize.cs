using System.Globalization;
using System.Security.Claims;
using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Proofs;
using Identity.Server.Web;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>The authorization endpoint (OpenID Connect Core 3.1.2): who sits there, is that fresh enough, and then a code for the client.</summary>
internal sealed class Authorize(
    ClientDirectory clients, GrantAccess grantAccess, Consents consents, ConsentTickets tickets, Release release, SignInReasons reasons, PairwiseSubjects subjects, FreshSignIn fresh, PushedRequests pushed, StepUp stepUp,
    IOptions<Origins> origins, TimeProvider clock, RequestLog failures)
{
    private const string Engine = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void Map(IEndpointRouteBuilder connect) =>
        connect.MapMethods("/authorize", [HttpMethods.Get, HttpMethods.Post], (HttpContext http, Authorize authorize, CancellationToken cancellationToken) =>
            authorize.HandleAsync(http, cancellationToken));

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        // 1. What was refused and cannot go back to a client that we know is told to the person.
        if (http.GetOpenIddictServerResponse() is { } refusal)
        {
            return new Refusal(refusal.Error ?? Errors.InvalidRequest, refusal.ErrorDescription);
        }

        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The engine passed no request on.");
        var client = clients.Find(request.ClientId) ?? throw new InvalidOperationException("A rule let an unknown client pass.");

        // 2. A request sent as a form comes from another site, so the session's cookie (SameSite=Lax) is not with it: ask again by address.
        if (HttpMethods.IsPost(http.Request.Method))
        {
            return new SeeOther(AddressOf(http, request));
        }

        return await DecideAsync(http, request, client, cancellationToken);
    }

    /// <summary>What becomes of a request that no rule refuses: it lets the client in, asks the person something, or refuses.</summary>
    public async Task<IResult> DecideAsync(HttpContext http, OpenIddictRequest request, ClientSettings client, CancellationToken cancellationToken)
    {
        // 3. Who sits there?
        var asksNothing = request.HasPromptValue(PromptValues.None);
        var session = await http.AuthenticateAsync(LoginSession.Scheme);
        if (!IsFor(client, session.Principal) && (asksNothing || session.Principal is not null))
        {
            failures.Add(client.Id, "authorize", Errors.AccessDenied, null, null);
            return new Refusal(Errors.AccessDenied, "Nobody has reviewed this application yet: until then it is for its developer and for testers who agreed.");
        }

        if (session.Principal is not { } person)
        {
            // With a mark: the sign-in that follows is the fresh one, or the stronger one, that the request may ask for.
            return asksNothing ? Refuse(Errors.LoginRequired, "Nobody is signed in.") : SignIn(AddressOf(http, request, fresh.Mark()), isFresh: false, WhyOf(request, client, 0));
        }

        // 4. Is it the right person, and fresh enough?
        var isNew = fresh.IsMet(http.Request.Query[FreshSignIn.Parameter], AuthTimeOf(person));
        if (await MustSignInAgainAsync(http, request, client, person) is { } reason && !(isNew && reason != Why.AnotherPerson))
        {
            return asksNothing || (isNew && reason == Why.AnotherPerson)
                ? Refuse(Errors.LoginRequired, reason switch
                {
                    Why.AnotherPerson => "Somebody else is signed in.",
                    Why.TooWeak => "The sign-in does not reach the level that is asked for.",
                    _ => "The sign-in is too old.",
                })
                : SignIn(AddressOf(http, request, fresh.Mark()), isFresh: true, WhyOf(request, client, stepUp.LevelNow(Caller.Of(person).Level, AuthTimeOf(person))));
        }

        var caller = Caller.Of(person) with { Level = stepUp.LevelNow(Caller.Of(person).Level, AuthTimeOf(person)) };
        if (caller.Level < StepUp.Asked(request, client).Must)
        {
            return Refuse(StepUp.Unmet, "This person is not known as well as the request or the client's registration asks for.");
        }

        if (client.Staff != IsStaff(person))
        {
            return Refuse(Errors.AccessDenied, "This account may not use this application.");
        }

        // 5. What may the client have? The person's answer, or a duty in law that everybody can read.
        var sid = person.GetClaim(LoginSession.SidClaim)!;
        var asked = AskedScopes.Of(request, client);
        var asksAnew = request.HasPromptValue(PromptValues.Consent);
        if (await consents.FindAsync(client, caller.AccountId!.Value, sid, asked, asksAnew, http.Request.Query[ConsentTickets.SinceParameter], cancellationToken) is not { } permission)
        {
            var ticket = new ConsentTicket(client.Id, caller.AccountId.Value, sid, asked.All, [.. asked.Required]);
            return asksNothing ? Refuse(Errors.ConsentRequired, "The person has not allowed this yet.")
                : tickets.IsRefusal(http.Request.Query[ConsentTickets.RefusedParameter], ticket) ? Refuse(Errors.AccessDenied, "The person has refused.")
                : new SeeOther(Pages.ConsentModel.AddressOf(tickets.Seal(ticket), AddressOf(http, request, http.Request.Query[FreshSignIn.Parameter], fresh.Mark())));
        }

        // 6. Let it in, with that and nothing more.
        if (await grantAccess.HandleAsync(client, caller, sid, permission, cancellationToken) is not { } grantId)
        {
            // Signed out or taken back a moment ago: look again.
            return asksNothing ? Refuse(Errors.LoginRequired, "Nobody is signed in.") : new SeeOther(AddressOf(http, request));
        }

        var principal = PrincipalOf(request, client, person, caller, permission.Granted, grantId);
        await release.IntoIdentityTokenAsync(principal, client.Id, caller, asked, permission, cancellationToken);
        return TypedResults.SignIn(principal, authenticationScheme: Engine);
    }

    private enum Why
    {
        TooOld,
        AnotherPerson,
        TooWeak,
    }

    private async Task<Why?> MustSignInAgainAsync(HttpContext http, OpenIddictRequest request, ClientSettings client, ClaimsPrincipal person)
    {
        // OpenID Connect Core 3.1.2.1: with id_token_hint, the answer is about that person or it is an error.
        if (!string.IsNullOrEmpty(request.IdTokenHint))
        {
            var hint = await http.AuthenticateAsync(Engine);
            if (hint.Principal?.GetClaim(Claims.Subject) != subjects.Of(Caller.Of(person).AccountId.ToString()!, client.Id))
            {
                return Why.AnotherPerson;
            }
        }

        if (StepUp.SubjectOf(request) is { } subject && subject != subjects.Of(Caller.Of(person).AccountId.ToString()!, client.Id))
        {
            return Why.AnotherPerson;
        }

        if (AsksForFresh(request))
        {
            return Why.TooOld;
        }

        // Without a page, what is only wished for is not asked for.
        var (must, should) = StepUp.Asked(request, client);
        if (stepUp.LevelNow(Caller.Of(person).Level, AuthTimeOf(person)) < Math.Max(must, request.HasPromptValue(PromptValues.None) ? 0 : should))
        {
            return Why.TooWeak;
        }

        // A second is granted: auth_time is whole seconds.
        return request.MaxAge is { } seconds && (clock.GetUtcNow() - AuthTimeOf(person)).TotalSeconds > seconds + (seconds == 0 ? 0 : 1) ? Why.TooOld : null;
    }

    private ClaimsPrincipal PrincipalOf(OpenIddictRequest request, ClientSettings client, ClaimsPrincipal person, Caller caller, IReadOnlyList<string> granted, Guid grantId)
    {
        var identity = new ClaimsIdentity("connect", Claims.Subject, Claims.Role);
        identity.SetClaim(Claims.Subject, caller.AccountId.ToString());
        identity.AddClaim(ForIdentityToken(new Claim(LoginSession.SidClaim, person.GetClaim(LoginSession.SidClaim)!)));
        identity.AddClaim(ForBothTokens(new Claim(Claims.AuthenticationTime, person.GetClaim(LoginSession.AuthTimeClaim)!, ClaimValueTypes.Integer64)));
        identity.AddClaim(ForBothTokens(new Claim(Claims.AuthenticationContextReference, Assurance.NameOf(caller.Level))));
        foreach (var method in person.FindAll(LoginSession.AmrClaim))
        {
            identity.AddClaim(ForIdentityToken(new Claim(Claims.AuthenticationMethodReference, method.Value)));
        }

        if (client.Staff)
        {
            // Our own console: it acts for an account by name and role.
            identity.AddClaim(ForIdentityToken(new Claim(Claims.Role, person.GetClaim(LoginSession.RoleClaim)!)));
            identity.AddClaim(ForIdentityToken(new Claim(Claims.PreferredUsername, person.Identity!.Name!)));
        }

        if ((string?)request[DpopAtServer.JktParameter] is { } thumbprint)
        {
            identity.SetClaim(DpopAtServer.CodeKeyClaim, thumbprint);
        }

        identity.SetScopes(granted);
        identity.SetResources(Origins.TextOf(origins.Value.Login));
        identity.SetAuthorizationId(grantId.ToString());
        return new ClaimsPrincipal(identity);
    }

    /// <summary>An unreviewed client gets nobody else, and no redirect either: anybody can register an address (RFC 9700 4.11.2).</summary>
    private static bool IsFor(ClientSettings client, ClaimsPrincipal? person) =>
        client.Registration is not { OnlyFor: not null } registration || (person is not null && registration.IsFor(Caller.Of(person).AccountId!.Value));

    private static bool AsksForFresh(OpenIddictRequest request) => request.HasPromptValue(PromptValues.Login) || request.HasPromptValue(PromptValues.SelectAccount);

    private static bool IsStaff(ClaimsPrincipal person) => person.GetClaim(LoginSession.RoleClaim) != LoginSession.NameOf(AccountRole.Citizen);

    private static DateTimeOffset AuthTimeOf(ClaimsPrincipal person) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(person.GetClaim(LoginSession.AuthTimeClaim)!, CultureInfo.InvariantCulture));

    // RFC 9068 2.2.1: a resource server asks for a step-up by what it reads here (RFC 9470 6.2).
    private static Claim ForBothTokens(Claim claim) => claim.SetDestinations(Destinations.IdentityToken, Destinations.AccessToken);

    private static Claim ForIdentityToken(Claim claim) => claim.SetDestinations(Destinations.IdentityToken);

    /// <summary>
    /// This request as a local address. From what the rules have checked, so a parameter that was passed over stays out; one that was
    /// pushed is named and not told, or what came by the back door would stand in addresses and logs (CVE-2024-4540).
    /// </summary>
    private string AddressOf(HttpContext http, OpenIddictRequest request, string? mark = null, string? askedSince = null)
    {
        var query = new QueryBuilder();
        if (request.RequestUri is { } requestUri)
        {
            query.Add(Parameters.ClientId, request.ClientId!);
            query.Add(Parameters.RequestUri, requestUri);
            query.Add(PushedRequests.Parameter, pushed.Mark(requestUri));
        }
        else
        {
            foreach (var (name, value) in request.GetParameters())
            {
                if (name is not (FreshSignIn.Parameter or ConsentTickets.SinceParameter or ConsentTickets.RefusedParameter) && (string?)value is { } text)
                {
                    query.Add(name, text);
                }
            }
        }

        if (mark is { Length: > 0 })
        {
            query.Add(FreshSignIn.Parameter, mark);
        }

        if (askedSince is not null)
        {
            query.Add(ConsentTickets.SinceParameter, askedSince);
        }

        return http.Request.PathBase + http.Request.Path + query.ToQueryString();
    }

    /// <summary>What the sign-in page tells: for whom, and which level is missing. An application that nobody has reviewed is not named there to strangers.</summary>
    private string? WhyOf(OpenIddictRequest request, ClientSettings client, int now)
    {
        var (must, should) = StepUp.Asked(request, client);
        return client.Registration is { IsReviewed: false } ? null : reasons.Seal(new SignInReason(client.Name, client.NameEn, Math.Max(must, should), now));
    }

    private static ChallengeHttpResult SignIn(string backTo, bool isFresh, string? why)
    {
        var properties = new AuthenticationProperties { RedirectUri = backTo };
        properties.Items[LoginSession.WhyItem] = why;
        if (isFresh)
        {
            properties.Items[LoginSession.FreshItem] = "true";
        }

        return TypedResults.Challenge(properties, [LoginSession.Scheme]);
    }

    private static ForbidHttpResult Refuse(string error, string description) =>
        TypedResults.Forbid(
            new AuthenticationProperties(new Dictionary<string, string?>
            {
                [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
            }),
            [Engine]);
}
