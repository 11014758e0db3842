using System.Text;
using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Proofs;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// The short way to a client's own token (RFC 6749 4.4), for the request that services make all day. It only ever says yes: whatever is
/// unusual about a request, and whatever would be refused, goes to the engine untouched and gets the engine's answer
/// (<c>ClientTokenTests</c> holds the two against each other).
/// </summary>
internal sealed class IssueClientToken(
    ClientDirectory clients, ClientTokenLedger ledger, ClientAssertion assertions, OidcKeyRing ring, IOptions<Origins> origins)
{
    private const string Endpoint = "/connect/token";
    private const string Form = "application/x-www-form-urlencoded";
    private const string Basic = "Basic ";
    private const int LargestBody = 4096;

    private static readonly HashSet<string> Usual = new(StringComparer.Ordinal)
    {
        Parameters.GrantType, Parameters.ClientId, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.ClientAssertionType, Parameters.Scope,
    };

    // Those that mean something for a client by itself.
    private static readonly HashSet<string> Granted = new(StringComparer.Ordinal) { Connect.Scopes.Credentials, Connect.Scopes.Verify, Connect.Scopes.Clients };

    private readonly string _issuer = Origins.TextOf(origins.Value.Login);
    private readonly JsonWebTokenHandler _tokens = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Cheap enough to be asked of every request.</summary>
    public static bool IsFor(HttpContext http) =>
        http.Request.Path.Value == Endpoint && HttpMethods.IsPost(http.Request.Method) && http.Request.ContentLength is > 0 and <= LargestBody
        && http.Request.ContentType == Form && !http.Request.QueryString.HasValue && !http.Request.Headers.ContainsKey(DpopProofs.Header);

    public async Task HandleAsync(HttpContext http, RequestDelegate engine)
    {
        var cancellationToken = http.RequestAborted;
        if (!origins.Value.IsLogin(http.Request) || await ReadAsync(http.Request) is not { } asked
            || clients.Find(asked.ClientId) is not { ClientCredentials: true, IsPublic: false, MustBind: false } client
            || !asked.Scopes.All(scope => Granted.Contains(scope) && client.Scopes.Contains(scope)))
        {
            await engine(http);
            return;
        }

        if (Proof(asked) is not { } proof || await ledger.EnterAsync(new(client.Id, asked.Scopes, proof), cancellationToken) is not { } entry)
        {
            await engine(http);
            return;
        }

        await AnswerAsync(http.Response, Sign(client.Id, asked.Scopes, entry), entry, cancellationToken);
    }

    /// <summary>Null for anything but the plain form of the request.</summary>
    private static async Task<Asked?> ReadAsync(HttpRequest request)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // The failed reading is kept with the request: the engine's guard meets the same fault and says what is wrong.
            return null;
        }

        foreach (var (name, values) in form)
        {
            if (!Usual.Contains(name) || values is not [{ Length: > 0 } value] || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                return null;
            }
        }

        if (form[Parameters.GrantType] != GrantTypes.ClientCredentials)
        {
            return null;
        }

        var scopes = ((string?)form[Parameters.Scope])?.Split(' ') ?? [];
        var asked = new Asked(form[Parameters.ClientId], form[Parameters.ClientSecret], form[Parameters.ClientAssertion], scopes);
        var hasType = form.TryGetValue(Parameters.ClientAssertionType, out var type);
        if (scopes.Distinct(StringComparer.Ordinal).Count() != scopes.Length
            || hasType != (asked.Assertion is not null) || (hasType && type != ClientAssertionTypes.JwtBearer))
        {
            return null;
        }

        return request.Headers.Authorization is [] ? asked : WithHeader(asked, request.Headers.Authorization);
    }

    /// <summary>RFC 6749 2.3.1. Names and secrets that would have to be unescaped are left to the engine.</summary>
    private static Asked? WithHeader(Asked asked, string? header)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (asked is not { ClientId: null, Secret: null, Assertion: null } || header is not { Length: <= 1024 } || !header.StartsWith(Basic, StringComparison.Ordinal)
            || !Convert.TryFromBase64Chars(header.AsSpan(Basic.Length), bytes, out var length))
        {
            return null;
        }

        return Encoding.Latin1.GetString(bytes[..length]).Split(':') is [{ Length: > 0 } id, { Length: > 0 } secret] && IsPlain(id) && IsPlain(secret)
            ? asked with { ClientId = id, Secret = secret }
            : null;
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('%', '+');

    /// <summary>Exactly one; null sends the request to the engine.</summary>
    private ClientProof? Proof(Asked asked) => asked switch
    {
        { Secret: { } secret, Assertion: null } => new ClientProof.Secret(secret),
        { Secret: null, Assertion: { } assertion } when assertions.Check(assertion, asked.ClientId).Good is { } good && good.ClientId == asked.ClientId => new ClientProof.Assertion(good),
        _ => null,
    };

    private string Sign(string clientId, string[] scopes, LedgerEntry entry)
    {
        var payload = new Dictionary<string, object>
        {
            [Claims.Issuer] = _issuer,
            [Claims.ExpiresAt] = entry.ExpiresAt.ToUnixTimeSeconds(),
            [Claims.IssuedAt] = entry.IssuedAt.ToUnixTimeSeconds(),
            [Claims.Audience] = _issuer,
            [Claims.JwtId] = entry.TokenId.ToString(),
            [Claims.Subject] = clientId,
            [Claims.Private.Presenter] = clientId,
            [Claims.ClientId] = clientId,
            [Claims.Private.TokenId] = entry.TokenId.ToString(),
        };
        if (scopes.Length > 0)
        {
            payload[Claims.Scope] = string.Join(' ', scopes);
        }

        return _tokens.CreateToken(
            JsonSerializer.Serialize(payload), ring.Active(OidcKeyUse.Signing).Signing, new Dictionary<string, object> { [JwtHeaderParameterNames.Typ] = JsonWebTokenTypes.AccessToken });
    }

    private static Task AnswerAsync(HttpResponse response, string token, LedgerEntry entry, CancellationToken cancellationToken)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "Thu, 01 Jan 1970 00:00:00 GMT";
        response.ContentType = "application/json;charset=UTF-8";
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            [Parameters.AccessToken] = token,
            [Parameters.TokenType] = TokenTypes.Bearer,
            [Parameters.ExpiresIn] = (long)(entry.ExpiresAt - entry.IssuedAt).TotalSeconds,
        });
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, cancellationToken).AsTask();
    }

    private sealed record Asked(string? ClientId, string? Secret, string? Assertion, string[] Scopes);
}
