using System.Globalization;
using System.Security.Claims;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// <c>private_key_jwt</c> (RFC 7523 as narrowed by FAPI 2.0 5.3.2.1 and the audience rules that followed CVE-2025-27370): a client
/// proves itself with a short-lived statement made for this issuer alone, and each counts once. Stands in for the engine's own
/// check, which leaves life and <c>jti</c> open and was wrong about the audience before (GHSA-925x-4h4v-2792).
/// </summary>
internal sealed class ClientAssertion(ClientDirectory clients, FetchedKeys fetched, IOptions<Origins> origins, TimeProvider clock) :
    IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    private const int LongestId = 256;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // FAPI 2.0 5.3.2.1: clocks differ; ten seconds ahead are to be borne, a minute is not.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    private readonly string _issuer = Origins.TextOf(origins.Value.Login);

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ProcessAuthenticationContext>()
        .UseSingletonHandler<ClientAssertion>()
        .SetOrder(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor.Order)
        .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        var request = context.Request;
        if (request.ClientAssertion is null && request.ClientAssertionType is null)
        {
            return;
        }

        // 1. One way to prove oneself (RFC 6749 2.3), and this one.
        if (request.ClientAssertionType != ClientAssertionTypes.JwtBearer)
        {
            context.Reject(Errors.InvalidClient, "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer.");
            return;
        }

        if (request.ClientSecret is not null)
        {
            context.Reject(Errors.InvalidRequest, "A client proves itself in one way, not with a secret and an assertion.");
            return;
        }

        // 2. and 3. What it says, and who says it.
        var answer = Check(request.ClientAssertion, request.ClientId);
        if (answer.KeysAt is { } address)
        {
            // Its client publishes its keys and may have changed them.
            await fetched.RenewAsync(address, context.CancellationToken);
            answer = Check(request.ClientAssertion, request.ClientId);
        }

        if (answer.Good is not { } good)
        {
            context.Reject(Errors.InvalidClient, answer.Fault);
            return;
        }

        // 4. Once: UseUpAssertion, later.
        context.Transaction.Properties[UseUpAssertion.Good] = good;
        request.ClientId = good.ClientId;
        var identity = new ClaimsIdentity("client-assertion");
        identity.SetClaim(Claims.Issuer, good.ClientId).SetClaim(Claims.Subject, good.ClientId).SetClaim(Claims.Audience, _issuer);
        context.ClientAssertionPrincipal = new ClaimsPrincipal(identity);
    }

    /// <summary>All but whether it was used before: either what it is good for, or what is wrong with it, and where there may be another key that it fits.</summary>
    public (GoodAssertion? Good, string? Fault, string? KeysAt) Check(string? text, string? clientId)
    {
        // What it says, before who says it: what is told here tells nobody which clients there are.
        if (Jws.Read(text) is not { } assertion)
        {
            return (null, "The client assertion is no compact JWS signed with ES256 or PS256.", null);
        }

        if (Fault(assertion, clientId) is { } fault)
        {
            return (null, fault, null);
        }

        // An unknown client reads like a wrong signature.
        var issuer = assertion.Text(Claims.Issuer)!;
        return KeysOf(issuer, assertion.HeaderText("kid")).Any(assertion.IsSignedBy)
            ? (new(issuer, assertion.Text(Claims.JwtId)!, DateTimeOffset.FromUnixTimeSeconds(assertion.Seconds(Claims.ExpiresAt)!.Value) + Tolerance), null, null)
            : (null, "The client is not known, or the assertion is not signed with one of its keys.", clients.Find(issuer)?.JwksUri);
    }

    private string? Fault(Jws assertion, string? clientId)
    {
        // The type keeps what was signed for anything else from counting here. Most libraries send none, or JWT.
        if (assertion.HeaderText("typ") is not (null or "JWT" or "client-authentication+jwt"))
        {
            return "The assertion's typ must be client-authentication+jwt, JWT or absent.";
        }

        var issuer = assertion.Text(Claims.Issuer);
        if (issuer is not { Length: > 0 } || assertion.Text(Claims.Subject) != issuer || (clientId is not null && clientId != issuer))
        {
            return "The assertion's iss and sub must both be the client_id.";
        }

        // As a string: in a list, another server's name beside ours would make the statement good in both places.
        if (assertion.Text(Claims.Audience) != _issuer)
        {
            return string.Create(CultureInfo.InvariantCulture, $"The assertion's aud must be the string {_issuer} and nothing else.");
        }

        var now = clock.GetUtcNow();
        if (assertion.Seconds(Claims.ExpiresAt) is not { } expires || expires <= now.ToUnixTimeSeconds() || expires > (now + Longest + Tolerance).ToUnixTimeSeconds())
        {
            return "The assertion's exp is missing, past, or more than five minutes away.";
        }

        if (IsAhead(assertion, Claims.IssuedAt, now) || IsAhead(assertion, Claims.NotBefore, now))
        {
            return "The assertion's iat or nbf lies ahead: the clocks differ.";
        }

        return assertion.Text(Claims.JwtId) is { Length: > 0 and <= LongestId } ? null : "The assertion's jti is missing or too long.";
    }

    private static bool IsAhead(Jws assertion, string claim, DateTimeOffset now) =>
        assertion.Has(claim) && (assertion.Seconds(claim) is not { } at || at > (now + Tolerance).ToUnixTimeSeconds());

    private IEnumerable<PublicKey> KeysOf(string clientId, string? keyId) =>
        (clients.Find(clientId) is { } client ? client.JwksUri is { } address ? fetched.Held(address) : client.Keys : []).Where(key => keyId is null || key.KeyId is null || key.KeyId == keyId);
}

/// <summary>An assertion that says the right things and is signed by its client; whether for the first time is not known yet.</summary>
internal sealed record GoodAssertion(string ClientId, string Id, DateTimeOffset Until);
