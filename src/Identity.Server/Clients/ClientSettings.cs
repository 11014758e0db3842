using System.Text.Json.Serialization;
using Identity.Server.Web;

namespace Identity.Server.Clients;

/// <summary>How much a verifier may see (domain rules of the room Verification).</summary>
internal enum VerifierLevel
{
    V0,
    V1,
    V2,
}

/// <summary>
/// One relying party, as <c>Clients:{id}</c> configures it or as somebody registered it (<see cref="RegisteredClient"/>). Whether it is public or confidential, and which grants it has,
/// follows from what is given; nothing needs saying twice.
/// </summary>
internal sealed class ClientSettings
{
    /// <summary>The key of the section: <c>client_id</c>.</summary>
    public string Id { get; set; } = "";

    /// <summary>What people read, in Chinese.</summary>
    public string Name { get; set; } = "";

    /// <summary>What people read, in English.</summary>
    public string? NameEn { get; set; }

    /// <summary>With a secret, <see cref="Jwks"/> or <see cref="JwksUri"/> the client is confidential, with none public. Of a registered client only the hash is kept, and not here.</summary>
    [JsonIgnore]
    public string? Secret { get; set; }

    /// <summary>That a registered client has a secret, which nobody can read back.</summary>
    [JsonInclude]
    public bool HoldsSecret { get; internal set; }

    /// <summary>
    /// Instead of a secret: the client's public keys, a JWK Set as JSON text. It then proves itself with <c>private_key_jwt</c> alone.
    /// To change a key it registers both for a while.
    /// </summary>
    public string? Jwks { get; set; }

    /// <summary>Instead of <see cref="Jwks"/>: where it publishes them, by HTTPS. A key that it changes there needs no word to us.</summary>
    public string? JwksUri { get; set; }

    /// <summary>Its authorization requests come by PAR (RFC 9126), never as parameters that a person could read or change.</summary>
    public bool RequiresPushedRequests { get; set; }

    /// <summary>Its access tokens are bound to a key that it holds (RFC 9449): a stolen one opens nothing.</summary>
    public bool RequiresDpop { get; set; }

    /// <summary>
    /// FAPI 2.0 Security Profile: pushed requests, bound tokens, proof by key, and nothing weaker, whatever else is set.
    /// </summary>
    public bool Fapi { get; set; }

    /// <summary>
    /// What its identity and logout tokens are signed with: <c>ES256</c>, or <c>RS256</c> for software that reads nothing else
    /// (OpenID Connect asks every provider to have it).
    /// </summary>
    public string IdTokenAlgorithm { get; set; } = "ES256";

    [JsonIgnore]
    public bool ReadsRs256 => IdTokenAlgorithm == "RS256";

    /// <summary>The assurance level without which nobody gets in, whatever the request says; 0 asks for none.</summary>
    public int LowestLevel { get; set; }

    [JsonIgnore]
    public bool ProvesByKey => Jwks is not null || JwksUri is not null;

    [JsonIgnore]
    public bool MustPush => RequiresPushedRequests || Fapi;

    [JsonIgnore]
    public bool MustBind => RequiresDpop || Fapi;

    /// <summary>
    /// Compared as text, character by character. Absolute, https, or http on loopback. With any the client has the code flow.
    /// </summary>
    public IList<string> RedirectUris { get; init; } = [];

    public IList<string> PostLogoutRedirectUris { get; init; } = [];

    /// <summary>Where a logout token is sent when a session ends that this client took part in (OpenID Connect Back-Channel Logout 1.0).</summary>
    public string? BackchannelLogoutUri { get; set; }

    /// <summary>The scopes that it may ask for; <c>openid</c> comes with the code flow. <c>offline_access</c> brings refresh tokens.</summary>
    public IList<string> Scopes { get; init; } = [];

    /// <summary>May act for itself (RFC 6749 4.4); needs a secret or keys.</summary>
    public bool ClientCredentials { get; set; }

    /// <summary>The services, by their client ids, for which it may exchange its citizens' access tokens (RFC 8693). Each must name it in turn.</summary>
    public IList<string> ExchangesFor { get; init; } = [];

    /// <summary>The clients whose exchanged tokens are for this one.</summary>
    public IList<string> ExchangesFrom { get; init; } = [];

    /// <summary>What this service is called in a <c>resource</c> parameter (RFC 8707), beside its client id as <c>audience</c>.</summary>
    public IList<string> Resources { get; init; } = [];

    /// <summary>An application on somebody's device: a loopback redirect URI fits on any port (RFC 8252 7.3).</summary>
    public bool Native { get; set; }

    /// <summary>Each sign-in of this client is a device that may carry codes.</summary>
    public bool Wallet { get; set; }

    /// <summary>For staff accounts and nobody else; any other client is for citizens and nobody else.</summary>
    public bool Staff { get; set; }

    /// <summary>What a verifier's own token lets it see.</summary>
    public VerifierLevel VerifierLevel { get; set; }

    /// <summary>
    /// Clients of one sector see the same person under the same <c>sub</c>. By default the host of the redirect URIs (OpenID
    /// Connect Core 8.1), and the client's id where there is none that says who it is.
    /// </summary>
    public string? Sector { get; set; }

    /// <summary>A document of a host that names the redirect URIs of its sector. Of a registered client it was read; of a configured one the operator answers for it.</summary>
    public string? SectorIdentifierUri { get; set; }

    /// <summary>How long a refresh token family lives at most, however often it is renewed.</summary>
    public TimeSpan? RefreshLifetime { get; set; }

    /// <summary>What each scope is for, in words for the citizen: <c>scope -> purpose</c>.</summary>
    public IDictionary<string, string> Purposes { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The same in English, where somebody wrote it.</summary>
    public IDictionary<string, string> PurposesEn { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Those of <see cref="Scopes"/> without which the application works too: the citizen may leave them out.</summary>
    public IList<string> OptionalScopes { get; init; } = [];

    /// <summary>Who runs the application and answers for what it does with personal data (个人信息处理者).</summary>
    public string? Operator { get; set; }

    public string? OperatorEn { get; set; }

    /// <summary>The unit of the operator that citizens turn to.</summary>
    public string? Department { get; set; }

    public string? DepartmentEn { get; set; }

    /// <summary>How long a citizen's consent is remembered at most.</summary>
    public int ConsentDays { get; set; } = 180;

    /// <summary>
    /// Why nobody is asked: the duty in law that a government application serves (个人信息保护法 第十三条). The citizen reads it beside what
    /// the application got. Of a registered client it counts once somebody has reviewed it.
    /// </summary>
    public string? LegalGround { get; set; }

    /// <summary>Whether people are asked before it gets anything.</summary>
    [JsonIgnore]
    public bool AsksConsent => !Staff && (LegalGround is null || Registration is { IsReviewed: false });

    public string? PurposeOf(string scope) => Language.IsEnglish && PurposesEn.TryGetValue(scope, out var english) && english.Length > 0 ? english : Purposes.TryGetValue(scope, out var purpose) && purpose.Length > 0 ? purpose : null;

    /// <summary>Mail addresses of those who run the application (RFC 7591 <c>contacts</c>).</summary>
    public IList<string> Contacts { get; init; } = [];

    /// <summary>Absent for a configured client.</summary>
    [JsonIgnore]
    public Registration? Registration { get; internal set; }

    /// <summary>What <see cref="Jwks"/> says, read once.</summary>
    [JsonIgnore]
    public IReadOnlyList<PublicKey> Keys => field ??= ClientKeys.Read(Jwks) ?? [];

    public bool IsPublic => Secret is null && !HoldsSecret && !ProvesByKey;

    /// <summary>The name in the reader's language.</summary>
    [JsonIgnore]
    public string ShownName => Language.IsEnglish ? NameEn ?? Name : Name;

    public bool HasCodeFlow => RedirectUris.Count > 0;

    public bool MayStayOffline => Scopes.Contains("offline_access");
}
