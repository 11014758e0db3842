using Identity.Server.Clients;
using Identity.Server.Connect.Proofs;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>
/// The short way of the token endpoint, for the two requests that applications make all day. It only ever says yes: whatever is unusual
/// about a request, and whatever would be refused, goes to the engine untouched and gets the engine's answer (<c>ClientTokenTests</c> and
/// <c>CodeShortWayTests</c> hold the two against each other).
/// </summary>
internal sealed class AnswerToken(ClientDirectory clients, ClientAssertion assertions, IssueClientToken issue, RedeemCode redeem, IOptions<Origins> origins)
{
    public async Task HandleAsync(HttpContext http, RequestDelegate engine)
    {
        if (origins.Value.IsLogin(http.Request) && await TokenRequest.ReadAsync(http.Request) is { } asked && await TryAsync(asked, http.RequestAborted) is { } granted)
        {
            await WriteAsync(http.Response, granted, http.RequestAborted);
        }
        else
        {
            await engine(http);
        }
    }

    private async Task<Granted?> TryAsync(TokenRequest asked, CancellationToken cancellationToken) =>
        clients.Find(asked.ClientId) is not { MustBind: false } client || ProofOf(asked) is not { } proof ? null
        : asked.GrantType switch
        {
            GrantTypes.ClientCredentials => await issue.HandleAsync(client, asked, proof, cancellationToken),
            GrantTypes.AuthorizationCode => await redeem.HandleAsync(client, asked, proof, cancellationToken),
            _ => null,
        };

    /// <summary>What the client shows for itself, one thing or nothing.</summary>
    private ClientProof? ProofOf(TokenRequest asked) => asked switch
    {
        { Secret: { } secret, Assertion: null } => new ClientProof.Secret(secret),
        { Secret: null, Assertion: { } assertion } when assertions.Check(assertion, asked.ClientId).Good is { } good => new ClientProof.Assertion(good),
        { Secret: null, Assertion: null } => new ClientProof.NeedsNone(),
        _ => null,
    };

    private static Task WriteAsync(HttpResponse response, Granted granted, CancellationToken cancellationToken)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "Thu, 01 Jan 1970 00:00:00 GMT";
        response.ContentType = "application/json;charset=UTF-8";
        var body = Json.Write(json =>
        {
            json.WriteString(Parameters.AccessToken, granted.AccessToken);
            json.WriteString(Parameters.TokenType, TokenTypes.Bearer);
            json.WriteNumber(Parameters.ExpiresIn, (long)granted.Lasts.TotalSeconds);
            if (granted.IdentityToken is not null)
            {
                json.WriteString(Parameters.Scope, granted.Scope);
                json.WriteString(Parameters.IdToken, granted.IdentityToken);
            }
        });
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, cancellationToken).AsTask();
    }
}

/// <summary>What the client gets; scope and identity token where a person stands behind it.</summary>
internal sealed record Granted(string AccessToken, TimeSpan Lasts, string? Scope = null, string? IdentityToken = null);
