using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Server.Clients;
using Identity.Server.Connect.Rules;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>
/// A code for an application that asks in the plain way while the session is open. <see cref="Authorize"/> decides here as it does behind the
/// engine; when it does not let the application in at once (a page, an error), the engine is asked and asks it again.
/// </summary>
internal sealed class IssueCode(
    ClientDirectory clients, AuthorizationRules rules, TokenLedger ledger, CodePayloads payloads, IOptions<Origins> origins, IOptions<ConnectOptions> connect, TimeProvider clock)
{
    private const string Endpoint = "/connect/authorize";
    private const int LongestValue = 2048;

    private static readonly HashSet<string> Usual = new(StringComparer.Ordinal)
    {
        Parameters.ClientId, Parameters.RedirectUri, Parameters.ResponseType, Parameters.Scope, Parameters.State, Parameters.Nonce, Parameters.CodeChallenge, Parameters.CodeChallengeMethod,
    };

    private readonly string _issuer = Origins.TextOf(origins.Value.Login);

    /// <summary>Cheap enough to be asked of every request.</summary>
    public static bool IsFor(HttpContext http) => http.Request.Path.Value == Endpoint && HttpMethods.IsGet(http.Request.Method) && http.Request.Headers.Cookie.Count > 0;

    public async Task HandleAsync(HttpContext http, RequestDelegate engine)
    {
        if (await TryAsync(http, http.RequestAborted) is not { } address)
        {
            await engine(http);
            return;
        }

        var response = http.Response;
        response.StatusCode = StatusCodes.Status302Found;
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "Thu, 01 Jan 1970 00:00:00 GMT";
        response.Headers.Location = address;
    }

    private async Task<string?> TryAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (!origins.Value.IsLogin(http.Request) || Read(http.Request.Query) is not { } request
            || clients.Find(request.ClientId) is not { HasCodeFlow: true, MustPush: false, Registration: not { OnlyFor: not null } } client
            || !RedirectUris.Fits(client, request.RedirectUri!) || rules.Fault(request, client) is not null || request.GetScopes().Contains(Connect.Scopes.OfflineAccess)
            || await http.RequestServices.GetRequiredService<Authorize>().DecideAsync(http, request, client, cancellationToken) is not SignInHttpResult { Principal: { } person })
        {
            return null;
        }

        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var token = new NewToken(
            Guid.CreateVersion7(now), TokenTypeIdentifiers.Private.AuthorizationCode, person.GetClaim(Claims.Subject)!, Guid.Parse(person.GetAuthorizationId()!), now, now + connect.Value.CodeLifetime,
            ReferenceId: CodePayloads.ReferenceOf(code));
        token = token with { Payload = payloads.Write(person, request, token) };
        string[] needs = [Permissions.Endpoints.Authorization, Permissions.GrantTypes.AuthorizationCode, Permissions.ResponseTypes.Code, .. request.GetScopes().Where(scope => scope != Connect.Scopes.OpenId).Select(scope => Permissions.Prefixes.Scope + scope)];
        return await ledger.EnterAsync(new(client.Id, needs, null, token) { RedirectUri = request.RedirectUri }, cancellationToken) ? AddressOf(request, code) : null;
    }

    /// <summary>Null for anything but the plain form of the request.</summary>
    private static OpenIddictRequest? Read(IQueryCollection query)
    {
        foreach (var (name, values) in query)
        {
            if (!Usual.Contains(name) || values is not [{ Length: > 0 and <= LongestValue } value] || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                return null;
            }
        }

        var request = new OpenIddictRequest(query);
        return request is { ClientId: not null, RedirectUri: not null, ResponseType: ResponseTypes.Code } && request.HasScope(Connect.Scopes.OpenId) ? request : null;
    }

    private string AddressOf(OpenIddictRequest request, string code)
    {
        var address = QueryHelpers.AddQueryString(request.RedirectUri!, Parameters.Code, code);
        if (request.State is { } state)
        {
            address = QueryHelpers.AddQueryString(address, Parameters.State, state);
        }

        return QueryHelpers.AddQueryString(address, Parameters.Iss, _issuer);
    }
}
