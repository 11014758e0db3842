using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Sandbox.Portals;

/// <summary>Receives logout tokens. The steps are OpenID Connect Back-Channel Logout 1.0, section 2.6.</summary>
internal sealed class BackchannelLogout(IOptionsMonitor<OpenIdConnectOptions> oidc, PortalSessions sessions, TimeProvider clock)
{
    private const string LogoutEvent = "http://schemas.openid.net/event/backchannel-logout";
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!http.Request.HasFormContentType)
        {
            return TypedResults.BadRequest();
        }
        var form = await http.Request.ReadFormAsync(cancellationToken);
        if (form["logout_token"] is not [{ Length: > 0 and < 8192 } text])
        {
            return TypedResults.BadRequest();
        }
        var options = oidc.Get(OpenIdConnectDefaults.AuthenticationScheme);
        var configuration = await options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);
        var checkedToken = await new JsonWebTokenHandler().ValidateTokenAsync(text, new TokenValidationParameters
        {
            // Asks for the key set anew when a key id is unknown: keys rotate.
            ConfigurationManager = options.ConfigurationManager as BaseConfigurationManager,
            ValidIssuer = configuration.Issuer,
            ValidAudience = options.ClientId,
            ValidTypes = ["logout+jwt"],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
        });
        if (!checkedToken.IsValid || checkedToken.SecurityToken is not JsonWebToken token || !Means(token) || !IsFirst(token))
        {
            return TypedResults.BadRequest();
        }
        sessions.End(ClaimOf(token, "sid"), ClaimOf(token, "sub"));
        return TypedResults.Ok();
    }

    /// <summary>Names whose session it is, says that it is a logout, and cannot be an identity token in disguise.</summary>
    private static bool Means(JsonWebToken token) =>
        (ClaimOf(token, "sid") ?? ClaimOf(token, "sub")) is not null
        && token.TryGetPayloadValue<JsonElement>("events", out var events)
        && events.ValueKind == JsonValueKind.Object && events.TryGetProperty(LogoutEvent, out _)
        && !token.TryGetPayloadValue<object>("nonce", out _);

    private bool IsFirst(JsonWebToken token)
    {
        var now = clock.GetUtcNow();
        foreach (var (id, until) in _seen)
        {
            if (until < now)
            {
                _seen.TryRemove(id, out _);
            }
        }
        return token.Id is { Length: > 0 } jti && _seen.TryAdd(jti, now.AddMinutes(10));
    }

    private static string? ClaimOf(JsonWebToken token, string name) => token.TryGetPayloadValue<string>(name, out var value) ? value : null;
}
