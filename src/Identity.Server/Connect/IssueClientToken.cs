using System.Text;
using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Proofs;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
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
    ClientDirectory clients, VerifiedSecrets verified, ClientAssertion assertions, OidcKeyRing ring, IOptions<Origins> origins, IOptions<ConnectOptions> connect, TimeProvider clock)
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

    // Of this instance: a compiled query keeps the model of the first context that it meets.
    private readonly Func<ServerDbContext, string, CancellationToken, Task<Row?>> _rowOf = EF.CompileAsyncQuery((ServerDbContext db, string clientId, CancellationToken _) =>
        db.Set<OidcClient>().AsNoTracking().Where(client => client.ClientId == clientId)
            .Select(client => new Row(client.Id, client.ClientSecret, client.FormerSecret, client.FormerSecretEndsAt, client.Permissions)).SingleOrDefault());

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

        var db = http.RequestServices.GetRequiredService<ServerDbContext>();
        if (await _rowOf(db, client.Id, cancellationToken) is not { } row || !row.Allows(asked.Scopes) || !await IsProvedAsync(asked, row, cancellationToken))
        {
            await engine(http);
            return;
        }

        var token = await IssueAsync(db, client.Id, row.Id, asked.Scopes, cancellationToken);
        await AnswerAsync(http.Response, token, cancellationToken);
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

    /// <summary>Exactly one proof, and it is right. A secret counts here only after the engine has found it right by the slow hash.</summary>
    private async ValueTask<bool> IsProvedAsync(Asked asked, Row row, CancellationToken cancellationToken)
    {
        if (asked is { Secret: { } secret, Assertion: null })
        {
            return row.Secrets(clock.GetUtcNow()).Any(hash => verified.Contains(secret, hash));
        }

        // Used up last: an assertion that goes on to the engine must still be good there.
        return asked is { Secret: null, Assertion: { } assertion }
            && assertions.Check(assertion, asked.ClientId).Good is { } good && good.ClientId == asked.ClientId
            && await assertions.TakeAsync(good, cancellationToken);
    }

    private async Task<Issued> IssueAsync(ServerDbContext db, string clientId, Guid client, string[] scopes, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var life = connect.Value.AccessTokenLifetime;
        var row = new OidcToken
        {
            Id = Guid.CreateVersion7(now),
            ConcurrencyToken = Guid.CreateVersion7(now).ToString(),
            CreationDate = now.UtcDateTime,
            ExpirationDate = (now + life).UtcDateTime,
            Status = Statuses.Valid,
            Subject = clientId,
            Type = TokenTypeIdentifiers.AccessToken,
        };
        db.Add(row).Property("ApplicationId").CurrentValue = client;
        await db.SaveChangesAsync(cancellationToken);

        var payload = new Dictionary<string, object>
        {
            [Claims.Issuer] = _issuer,
            [Claims.ExpiresAt] = (now + life).ToUnixTimeSeconds(),
            [Claims.IssuedAt] = now.ToUnixTimeSeconds(),
            [Claims.Audience] = _issuer,
            [Claims.JwtId] = row.Id.ToString(),
            [Claims.Subject] = clientId,
            [Claims.Private.Presenter] = clientId,
            [Claims.ClientId] = clientId,
            [Claims.Private.TokenId] = row.Id.ToString(),
        };
        if (scopes.Length > 0)
        {
            payload[Claims.Scope] = string.Join(' ', scopes);
        }

        var token = _tokens.CreateToken(
            JsonSerializer.Serialize(payload), ring.Active(OidcKeyUse.Signing).Signing, new Dictionary<string, object> { [JwtHeaderParameterNames.Typ] = JsonWebTokenTypes.AccessToken });
        return new(token, life);
    }

    private static Task AnswerAsync(HttpResponse response, Issued issued, CancellationToken cancellationToken)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "Thu, 01 Jan 1970 00:00:00 GMT";
        response.ContentType = "application/json;charset=UTF-8";
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            [Parameters.AccessToken] = issued.Token,
            [Parameters.TokenType] = TokenTypes.Bearer,
            [Parameters.ExpiresIn] = (long)issued.Life.TotalSeconds,
        });
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, cancellationToken).AsTask();
    }

    private sealed record Asked(string? ClientId, string? Secret, string? Assertion, string[] Scopes);

    private sealed record Issued(string Token, TimeSpan Life);

    private sealed record Row(Guid Id, string? Secret, string? FormerSecret, DateTimeOffset? FormerSecretEndsAt, string? PermissionsJson)
    {
        public IEnumerable<string> Secrets(DateTimeOffset now)
        {
            if (Secret is not null)
            {
                yield return Secret;
            }

            if (FormerSecret is not null && FormerSecretEndsAt > now)
            {
                yield return FormerSecret;
            }
        }

        /// <summary>The engine's own row decides, as it does there: what another node took away counts at once.</summary>
        public bool Allows(string[] scopes)
        {
            var permissions = JsonSerializer.Deserialize<string[]>(PermissionsJson ?? "[]")!;
            return permissions.Contains(Permissions.Endpoints.Token)
                && permissions.Contains(Permissions.GrantTypes.ClientCredentials)
                && scopes.All(scope => permissions.Contains(Permissions.Prefixes.Scope + scope));
        }
    }
}
