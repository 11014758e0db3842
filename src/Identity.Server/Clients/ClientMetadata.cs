using System.Text.Json;
using System.Text.Json.Serialization;

namespace Identity.Server.Clients;

/// <summary>
/// A client's registration under the names of RFC 7591 (and of OpenID Connect for logout): what the API takes and gives, and what
/// a developer exports here and imports there. Members that nobody knows are passed over, as section 2 says.
/// </summary>
internal sealed record ClientMetadata
{
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    [JsonPropertyName("client_id")]
    public string? ClientId { get; init; }

    [JsonPropertyName("client_name")]
    public string? ClientName { get; init; }

    [JsonPropertyName("client_name#en")]
    public string? ClientNameEn { get; init; }

    [JsonPropertyName("application_type")]
    public string? ApplicationType { get; init; }

    [JsonPropertyName("redirect_uris")]
    public IReadOnlyList<string>? RedirectUris { get; init; }

    /// <summary>Read once, at registration; stays as it was registered, or people would get other names.</summary>
    [JsonPropertyName("sector_identifier_uri"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SectorIdentifierUri { get; init; }

    [JsonPropertyName("post_logout_redirect_uris")]
    public IReadOnlyList<string>? PostLogoutRedirectUris { get; init; }

    [JsonPropertyName("backchannel_logout_uri")]
    public string? BackchannelLogoutUri { get; init; }

    [JsonPropertyName("token_endpoint_auth_method")]
    public string? TokenEndpointAuthMethod { get; init; }

    [JsonPropertyName("grant_types")]
    public IReadOnlyList<string>? GrantTypes { get; init; }

    [JsonPropertyName("response_types")]
    public IReadOnlyList<string>? ResponseTypes { get; init; }

    [JsonPropertyName("scope")]
    public string? Scope { get; init; }

    /// <summary>Ours: what each scope is for, in words for the citizen.</summary>
    [JsonPropertyName("scope_purposes")]
    public IReadOnlyDictionary<string, string>? ScopePurposes { get; init; }

    /// <summary>Ours: the same in English.</summary>
    [JsonPropertyName("scope_purposes#en")]
    public IReadOnlyDictionary<string, string>? ScopePurposesEn { get; init; }

    /// <summary>Ours: what the citizen may leave out.</summary>
    [JsonPropertyName("optional_scopes")]
    public IReadOnlyList<string>? OptionalScopes { get; init; }

    /// <summary>Ours: who answers for what the application does with personal data.</summary>
    [JsonPropertyName("operator")]
    public string? Operator { get; init; }

    [JsonPropertyName("operator#en")]
    public string? OperatorEn { get; init; }

    [JsonPropertyName("department")]
    public string? Department { get; init; }

    [JsonPropertyName("department#en")]
    public string? DepartmentEn { get; init; }

    /// <summary>Ours: how long a consent is remembered.</summary>
    [JsonPropertyName("consent_days")]
    public int? ConsentDays { get; init; }

    /// <summary>Ours: the duty in law for which nobody is asked; counts after a review.</summary>
    [JsonPropertyName("legal_ground")]
    public string? LegalGround { get; init; }

    /// <summary>Ours: the level without which nobody gets in.</summary>
    [JsonPropertyName("lowest_level")]
    public int? LowestLevel { get; init; }

    /// <summary>Ours: the FAPI 2.0 Security Profile.</summary>
    [JsonPropertyName("fapi")]
    public bool? Fapi { get; init; }

    /// <summary>Ours: services by client_id for which it exchanges tokens (RFC 8693), and clients whose exchanged tokens are for it.</summary>
    [JsonPropertyName("exchanges_for")]
    public IReadOnlyList<string>? ExchangesFor { get; init; }

    [JsonPropertyName("exchanges_from")]
    public IReadOnlyList<string>? ExchangesFrom { get; init; }

    [JsonPropertyName("contacts")]
    public IReadOnlyList<string>? Contacts { get; init; }

    /// <summary>The public keys themselves.</summary>
    [JsonPropertyName("jwks"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Jwks { get; init; }

    /// <summary>Where they are published instead.</summary>
    [JsonPropertyName("jwks_uri"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JwksUri { get; init; }

    /// <summary>RFC 9126.</summary>
    [JsonPropertyName("require_pushed_authorization_requests")]
    public bool RequirePushedAuthorizationRequests { get; init; }

    /// <summary>RFC 9449.</summary>
    [JsonPropertyName("dpop_bound_access_tokens")]
    public bool DpopBoundAccessTokens { get; init; }

    public static ClientMetadata Of(ClientSettings client)
    {
        var grants = new List<string>();
        if (client.HasCodeFlow)
        {
            grants.Add("authorization_code");
        }

        if (client is { HasCodeFlow: true, MayStayOffline: true })
        {
            grants.Add("refresh_token");
        }

        if (client.ClientCredentials)
        {
            grants.Add("client_credentials");
        }

        if (client.ExchangesFor.Count > 0)
        {
            grants.Add(TokenExchange);
        }

        return new ClientMetadata
        {
            ClientId = client.Id,
            ClientName = client.Name,
            ClientNameEn = client.NameEn,
            ApplicationType = client.Native ? "native" : "web",
            RedirectUris = [.. client.RedirectUris],
            SectorIdentifierUri = client.SectorIdentifierUri,
            PostLogoutRedirectUris = [.. client.PostLogoutRedirectUris],
            BackchannelLogoutUri = client.BackchannelLogoutUri,
            TokenEndpointAuthMethod = client.IsPublic ? "none" : client.ProvesByKey ? "private_key_jwt" : "client_secret_basic",
            GrantTypes = grants,
            ResponseTypes = client.HasCodeFlow ? ["code"] : [],
            Scope = string.Join(' ', client.Scopes),
            ScopePurposes = client.Purposes.AsReadOnly(),
            ScopePurposesEn = client.PurposesEn.Count > 0 ? client.PurposesEn.AsReadOnly() : null,
            OptionalScopes = client.OptionalScopes.Count > 0 ? [.. client.OptionalScopes] : null,
            Operator = client.Operator,
            OperatorEn = client.OperatorEn,
            Department = client.Department,
            DepartmentEn = client.DepartmentEn,
            ConsentDays = client.ConsentDays,
            LegalGround = client.LegalGround,
            LowestLevel = client.LowestLevel > 0 ? client.LowestLevel : null,
            Fapi = client.Fapi ? true : null,
            ExchangesFor = client.ExchangesFor.Count > 0 ? [.. client.ExchangesFor] : null,
            ExchangesFrom = client.ExchangesFrom.Count > 0 ? [.. client.ExchangesFrom] : null,
            Contacts = [.. client.Contacts],
            Jwks = client.Jwks is { } jwks ? JsonSerializer.Deserialize<JsonElement>(jwks) : null,
            JwksUri = client.JwksUri,
            RequirePushedAuthorizationRequests = client.RequiresPushedRequests,
            DpopBoundAccessTokens = client.RequiresDpop,
        };
    }

    /// <summary>The settings, and whether a secret belongs to them; or why they are none of ours.</summary>
    public (ClientSettings Settings, bool WithSecret, string? Fault) ToSettings()
    {
        var method = TokenEndpointAuthMethod ?? "client_secret_basic";
        var grants = GrantTypes ?? ["authorization_code"];
        var settings = new ClientSettings
        {
            Name = ClientName ?? "",
            NameEn = ClientNameEn,
            Native = ApplicationType == "native",
            RedirectUris = [.. RedirectUris ?? []],
            SectorIdentifierUri = SectorIdentifierUri,
            PostLogoutRedirectUris = [.. PostLogoutRedirectUris ?? []],
            BackchannelLogoutUri = string.IsNullOrEmpty(BackchannelLogoutUri) ? null : BackchannelLogoutUri,
            Scopes = [.. (Scope ?? "openid").Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()],
            ClientCredentials = grants.Contains("client_credentials"),
            Purposes = new Dictionary<string, string>(ScopePurposes ?? new Dictionary<string, string>(), StringComparer.Ordinal),
            PurposesEn = new Dictionary<string, string>(ScopePurposesEn ?? new Dictionary<string, string>(), StringComparer.Ordinal),
            OptionalScopes = [.. OptionalScopes ?? []],
            Operator = Operator,
            OperatorEn = OperatorEn,
            Department = Department,
            DepartmentEn = DepartmentEn,
            ConsentDays = ConsentDays ?? 180,
            LegalGround = LegalGround,
            LowestLevel = LowestLevel ?? 0,
            Fapi = Fapi == true,
            ExchangesFor = [.. ExchangesFor ?? []],
            ExchangesFrom = [.. ExchangesFrom ?? []],
            Contacts = [.. Contacts ?? []],
            Jwks = method == "private_key_jwt" ? Jwks?.GetRawText() : null,
            JwksUri = method == "private_key_jwt" ? JwksUri : null,
            RequiresPushedRequests = RequirePushedAuthorizationRequests,
            RequiresDpop = DpopBoundAccessTokens,
        };
        var fault =
            grants.FirstOrDefault(grant => grant is not ("authorization_code" or "refresh_token" or "client_credentials" or TokenExchange)) is { } grant ? $"The grant type '{grant}' is not offered."
            : grants.Contains(TokenExchange) != settings.ExchangesFor.Count > 0 && GrantTypes is not null ? $"exchanges_for goes with the grant type {TokenExchange}, and that with nothing else."
            : method is not ("none" or "client_secret_basic" or "client_secret_post" or "private_key_jwt") ? $"The token_endpoint_auth_method '{method}' is not offered."
            : ResponseTypes?.FirstOrDefault(type => type != "code") is { } type ? $"The response type '{type}' is not offered."
            : ApplicationType is not (null or "web" or "native") ? $"The application_type '{ApplicationType}' is not known."
            : method == "private_key_jwt" && !settings.ProvesByKey ? "private_key_jwt needs jwks or jwks_uri."
            : Jwks.HasValue && JwksUri is not null ? "jwks and jwks_uri: one of them, not both (RFC 7591 2)."
            : method != "private_key_jwt" && (Jwks.HasValue || JwksUri is not null) ? "jwks and jwks_uri go with private_key_jwt and with nothing else."
            : null;
        return (settings, method is "client_secret_basic" or "client_secret_post", fault);
    }
}
