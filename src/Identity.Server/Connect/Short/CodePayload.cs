using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Connect.Keys;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>
/// What stands behind a code: in its row, signed and encrypted with our own keys as the engine does it, so that either way reads what the
/// other wrote.
/// </summary>
internal sealed class CodePayloads(OidcKeyRing ring, IOptions<Origins> origins)
{
    private static readonly Dictionary<string, object> OuterHeader = new() { [JwtHeaderParameterNames.Typ] = JsonWebTokenTypes.Private.AuthorizationCode };

    private readonly JsonWebTokenHandler _tokens = new();
    private readonly string _issuer = Origins.TextOf(origins.Value.Login);

    /// <summary>The engine's name of a code in the database: its digest, so that who reads the rows has no code.</summary>
    public static string ReferenceOf(string code) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(code)));

    /// <summary>Everything that the person's principal says, and what the request must be met by when the code is redeemed.</summary>
    public string Write(ClaimsPrincipal person, OpenIddictRequest request, NewToken code)
    {
        var own = ring.Active(OidcKeyUse.Own);
        var signed = Json.Sign(own.Signing, JsonWebTokenTypes.Private.AuthorizationCode, json =>
        {
            json.WriteString(Claims.Issuer, _issuer);
            json.WriteNumber(Claims.ExpiresAt, code.ExpiresAt.ToUnixTimeSeconds());
            json.WriteNumber(Claims.IssuedAt, code.CreatedAt.ToUnixTimeSeconds());
            json.WriteStartObject(Claims.Private.ClaimDestinationsMap);
            foreach (var claim in person.Claims.DistinctBy(claim => claim.Type))
            {
                WriteList(json, claim.Type, claim.GetDestinations());
            }

            json.WriteEndObject();
            foreach (var claims in person.Claims.GroupBy(claim => claim.Type))
            {
                WriteClaim(json, claims.Key, [.. claims]);
            }

            json.WriteString(Claims.Private.Presenter, request.ClientId);
            json.WriteString(Claims.Private.RedirectUri, request.RedirectUri);
            json.WriteString(Claims.Private.CodeChallenge, request.CodeChallenge);
            json.WriteString(Claims.Private.CodeChallengeMethod, request.CodeChallengeMethod);
            if (request.Nonce is { } nonce)
            {
                json.WriteString(Claims.Private.Nonce, nonce);
            }

            json.WriteString(Claims.Private.TokenId, code.Id);
        });
        return _tokens.EncryptToken(signed, own.Encrypting!, OuterHeader);
    }

    /// <summary>Null for what is not ours, has an unusual claim, or does not ask for an identity token and nothing that lasts.</summary>
    public async Task<CodePayload?> ReadAsync(string payload)
    {
        var keys = ring.Of(OidcKeyUse.Own);
        var read = await _tokens.ValidateTokenAsync(payload, new TokenValidationParameters
        {
            IssuerSigningKeys = keys.Select(key => key.Signing.Key),
            TokenDecryptionKeys = keys.Select(key => key.Encrypting!.Key),
            ValidTypes = [JsonWebTokenTypes.Private.AuthorizationCode],

            // By our own clock, in IsFor.
            ValidateLifetime = false,
            ValidateIssuer = false,
            ValidateAudience = false,
        });
        return read.IsValid && read.SecurityToken is JsonWebToken { InnerToken: { } inner } ? CodePayload.Of(JsonElement.Parse(Base64Url.DecodeFromChars(inner.EncodedPayload))) : null;
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyCollection<string> values)
    {
        if (values.Count > 0)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>As the engine does: one value as itself, several as a list.</summary>
    private static void WriteClaim(Utf8JsonWriter json, string name, Claim[] claims)
    {
        if (claims is not [var claim])
        {
            WriteList(json, name, [.. claims.Select(one => one.Value)]);
        }
        else if (claim.ValueType is ClaimValueTypes.Integer64 or ClaimValueTypes.Boolean)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(claim.Value);
        }
        else
        {
            json.WriteString(name, claim.Value);
        }
    }
}

/// <summary>The claims of a code that is of the usual kind.</summary>
internal sealed class CodePayload
{
    private static readonly HashSet<string> Ours = new(StringComparer.Ordinal)
    {
        Claims.Issuer, Claims.ExpiresAt, Claims.IssuedAt, Claims.Subject, Claims.Private.ClaimDestinationsMap, Claims.Private.Scope, Claims.Private.Resource, Claims.Private.AuthorizationId,
        Claims.Private.Presenter, Claims.Private.RedirectUri, Claims.Private.CodeChallenge, Claims.Private.CodeChallengeMethod, Claims.Private.Nonce, Claims.Private.TokenId,
    };

    private readonly JsonElement _claims;
    private readonly JsonElement _destinations;

    private CodePayload(JsonElement claims, JsonElement destinations, string subject, string[] scopes)
    {
        _claims = claims;
        _destinations = destinations;
        Subject = subject;
        Scopes = scopes;
    }

    /// <summary>The account.</summary>
    public string Subject { get; }

    public string[] Scopes { get; }

    public string? Nonce => Text(Claims.Private.Nonce);

    public static CodePayload? Of(JsonElement claims)
    {
        if (!claims.TryGetProperty(Claims.Private.ClaimDestinationsMap, out var destinations) || claims.Text(Claims.Subject) is not { } subject)
        {
            return null;
        }

        // A claim that goes into no token and is none of these (a key of DPoP) has a meaning that only the engine knows.
        foreach (var claim in claims.EnumerateObject())
        {
            if (!Ours.Contains(claim.Name) && !destinations.TryGetProperty(claim.Name, out _))
            {
                return null;
            }
        }

        var scopes = claims.TryGetProperty(Claims.Private.Scope, out var granted) ? [.. Each(granted)] : Array.Empty<string>();
        return scopes.Contains(Connect.Scopes.OpenId) && !scopes.Contains(Connect.Scopes.OfflineAccess) ? new(claims, destinations, subject, scopes) : null;
    }

    /// <summary>Whether this client may redeem it, with this (RFC 6749 4.1.3, RFC 7636 4.6).</summary>
    public bool IsFor(Guid id, Guid grantId, string clientId, string redirectUri, string verifier, DateTimeOffset now) =>
        _claims.TryGetProperty(Claims.ExpiresAt, out var expires) && expires.GetInt64() > now.ToUnixTimeSeconds()
        && Text(Claims.Private.TokenId) == id.ToString() && Text(Claims.Private.AuthorizationId) == grantId.ToString()
        && Text(Claims.Private.Presenter) == clientId && Text(Claims.Private.RedirectUri) == redirectUri
        && Text(Claims.Private.CodeChallengeMethod) == CodeChallengeMethods.Sha256 && Text(Claims.Private.CodeChallenge) is { } challenge
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(challenge), Encoding.ASCII.GetBytes(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))));

    /// <summary>Those that the code says belong into this kind of token.</summary>
    public void WriteClaimsFor(string destination, Utf8JsonWriter json)
    {
        foreach (var claim in _destinations.EnumerateObject())
        {
            if (!Each(claim.Value).Contains(destination) || !_claims.TryGetProperty(claim.Name, out var value))
            {
                continue;
            }

            json.WritePropertyName(claim.Name);

            // A list also where it is of one (RFC 8176).
            if (claim.Name == Claims.AuthenticationMethodReference && value.ValueKind == JsonValueKind.String)
            {
                json.WriteStartArray();
                value.WriteTo(json);
                json.WriteEndArray();
            }
            else
            {
                value.WriteTo(json);
            }
        }
    }

    // The engine writes a list of one as the one.
    private static IEnumerable<string> Each(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => item.GetString()!) : [value.GetString()!];

    private string? Text(string name) => _claims.Text(name);
}
