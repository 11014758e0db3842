using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Tests.Connect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>What the suite checks again and again.</summary>
internal static class Checks
{
    // Standard claims that the suite asks about (OpenID Connect Core 5.1): text unless said otherwise.
    private static readonly HashSet<string> Booleans = new(StringComparer.Ordinal) { "email_verified", "phone_number_verified" };
    private static readonly HashSet<string> Texts = new(StringComparer.Ordinal)
    {
        "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "email", "gender", "birthdate", "zoneinfo",
        "locale", "phone_number",
    };

    /// <summary>OpenID Connect Core 3.1.3.7: signature by a published key, and the claims.</summary>
    public static async Task<JsonElement> IdTokenAsync(ConformanceServer suite, string clientId, Tokens tokens, string? nonce, string algorithm = "ES256", bool asksForName = false)
    {
        var claims = await SignedAsync(suite, clientId, tokens.IdToken!, algorithm, "JWT");
        var now = suite.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(clientId, claims.GetProperty("aud").GetString());
        Assert.InRange(claims.GetProperty("iat").GetInt64(), now - 60, now + 5);
        Assert.True(claims.GetProperty("exp").GetInt64() > now);
        Assert.InRange(claims.GetProperty("sub").GetString()!.Length, 1, 255);
        Assert.All(claims.GetProperty("sub").GetString()!, c => Assert.True(char.IsAscii(c)));
        Assert.Equal(nonce, claims.TryGetProperty("nonce", out var said) ? said.GetString() : null);
        StandardClaims(claims);
        if (claims.TryGetProperty("at_hash", out var hash))
        {
            Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(tokens.AccessToken)).AsSpan(0, 16)), hash.GetString());
        }

        // 5.4: what scopes give comes from userinfo, as there is an access token.
        Assert.True(asksForName || !claims.TryGetProperty("name", out _));
        return claims;
    }

    /// <summary>A token of ours: its key is published under its kid, its signature is right.</summary>
    public static async Task<JsonElement> SignedAsync(ConformanceServer suite, string audience, string token, string algorithm, string type)
    {
        var jwks = new JsonWebKeySet(await suite.Oidc.Http.GetStringAsync(new Uri("/.well-known/jwks", UriKind.Relative), TestContext.Current.CancellationToken));
        var jwt = new JsonWebToken(token);
        Assert.Equal((algorithm, type), (jwt.Alg, jwt.Typ));
        Assert.Single(jwks.Keys, key => key.KeyId == jwt.Kid);
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = suite.Oidc.Issuer,
            ValidAudience = audience,
            IssuerSigningKeys = jwks.GetSigningKeys(),
            ValidAlgorithms = [algorithm],
            ValidTypes = [type],
            ValidateLifetime = false,
        });
        Assert.True(result.IsValid, result.Exception?.Message);
        return Tokens.ClaimsOf(token);
    }

    /// <summary>RFC 6749 5.1, and the entropy of 10.10.</summary>
    public static async Task<Tokens> TokenResponseAsync(HttpResponseMessage answer, string type = "Bearer")
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.True(answer.Headers.CacheControl is { NoStore: true });
        var tokens = await Tokens.ReadAsync(answer);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal(type, json.GetProperty("token_type").GetString(), ignoreCase: true);
        Assert.True(tokens.ExpiresIn > 0);
        Random(tokens.AccessToken);
        if (tokens.RefreshToken is { } refresh)
        {
            Random(refresh);
        }

        return tokens;
    }

    /// <summary>Guessing it is hopeless (Shannon's measure over the text, as the suite counts), and it holds only VSCHAR.</summary>
    public static void Random(string secret)
    {
        Assert.All(secret, c => Assert.InRange(c, ' ', '~'));
        var bits = secret.GroupBy(c => c).Sum(group => -group.Count() * Math.Log2((double)group.Count() / secret.Length));
        Assert.True(bits >= 96, $"{bits} bits");
    }

    /// <summary>RFC 6749 5.2, down to the characters of the description.</summary>
    public static async Task ErrorAsync(HttpResponseMessage answer, params string[] errors)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var json = JsonSerializer.Deserialize<JsonElement>(text);
        var error = json.GetProperty("error").GetString()!;
        Assert.Contains(error, errors);
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest || (answer.StatusCode == HttpStatusCode.Unauthorized && error is "invalid_client" or "invalid_dpop_proof"), $"{answer.StatusCode} {text}");
        if (json.TryGetProperty("error_description", out var description))
        {
            Assert.All(description.GetString()!, c => Assert.True(c is >= ' ' and <= '~' and not ('"' or '\\'), text));
        }

        if (json.TryGetProperty("error_uri", out var uri))
        {
            Assert.True(Uri.IsWellFormedUriString(uri.GetString(), UriKind.Absolute));
        }
    }

    /// <summary>OpenID Connect Core 3.1.2.6: an error at the client, with state and iss and without a code.</summary>
    public static void ErrorAtClient(ConformanceServer suite, Visit visit, string? state, params string[] errors)
    {
        Assert.Contains(visit.Answer["error"], errors);
        Assert.Equal((state, suite.Oidc.Issuer), (visit.Answer.GetValueOrDefault("state"), visit.Answer["iss"]));
        Assert.DoesNotContain("code", visit.Answer.Keys);
        Assert.Empty(visit.Answer.Keys.Except(["error", "error_description", "error_uri", "state", "iss"]));
        Assert.All(visit.Answer.GetValueOrDefault("error_description") ?? "", c => Assert.True(c is >= ' ' and <= '~' and not ('"' or '\\')));
    }

    /// <summary>OpenID Connect Core 5.3.2.</summary>
    public static async Task<JsonElement> UserInfoAsync(HttpResponseMessage answer, JsonElement idToken)
    {
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var claims = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal(idToken.GetProperty("sub").GetString(), claims.GetProperty("sub").GetString());
        StandardClaims(claims);
        return claims;
    }

    private static void StandardClaims(JsonElement claims)
    {
        foreach (var claim in claims.EnumerateObject())
        {
            if (Texts.Contains(claim.Name))
            {
                Assert.NotEmpty(claim.Value.GetString()!);
            }
            else if (Booleans.Contains(claim.Name))
            {
                Assert.True(claim.Value.ValueKind is JsonValueKind.True or JsonValueKind.False);
            }
            else if (claim.Name is "auth_time" or "updated_at" or "iat" or "exp")
            {
                Assert.Equal(JsonValueKind.Number, claim.Value.ValueKind);
            }
        }
    }
}
