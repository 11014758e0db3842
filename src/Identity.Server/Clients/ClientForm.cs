using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Clients;

/// <summary>What a developer types, and what is wrong with it in the developer's language, field by field.</summary>
internal sealed class ClientForm
{
    /// <summary>How the application runs, which decides how it proves itself.</summary>
    internal enum Kind
    {
        /// <summary>On a server: has a secret.</summary>
        Web,

        /// <summary>On a server: has a key of its own, and no secret travels.</summary>
        Keys,

        /// <summary>In a browser: public.</summary>
        Browser,

        /// <summary>On somebody's device: public, loopback.</summary>
        Native,

        /// <summary>Acts for itself.</summary>
        Machine,
    }

    public Kind How { get; set; } = Kind.Web;

    public string? Name { get; set; }

    public string? NameEn { get; set; }

    public string? RedirectUris { get; set; }

    public string? PostLogoutRedirectUris { get; set; }

    public string? BackchannelLogoutUri { get; set; }

    public IList<string> Scopes { get; init; } = [];

    public IDictionary<string, string?> Purposes { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    public IDictionary<string, string?> PurposesEn { get; init; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Of <see cref="Scopes"/>: what citizens may leave out.</summary>
    public IList<string> OptionalScopes { get; init; } = [];

    public string? Operator { get; set; }

    public string? OperatorEn { get; set; }

    public string? Department { get; set; }

    public int ConsentDays { get; set; } = 180;

    public string? LegalGround { get; set; }

    public int LowestLevel { get; set; }

    public bool Fapi { get; set; }

    /// <summary>Client ids of services that it calls for citizens (RFC 8693).</summary>
    public string? ExchangesFor { get; set; }

    /// <summary>Client ids of those who call it so.</summary>
    public string? ExchangesFrom { get; set; }

    public string? Contacts { get; set; }

    public string? Jwks { get; set; }

    public string? JwksUri { get; set; }

    /// <summary>Said once, when it is registered: pseudonyms follow from it.</summary>
    public string? SectorIdentifierUri { get; set; }

    public bool RequiresPushedRequests { get; set; }

    public bool RequiresDpop { get; set; }

    public bool HasSecret => How is Kind.Web or Kind.Machine;

    /// <summary>Only who can prove itself exchanges tokens, or gets exchanged ones.</summary>
    public bool MayExchange => How is Kind.Web or Kind.Keys;

    /// <summary>Whether anything is said where few say something.</summary>
    public bool HasRare => !string.IsNullOrWhiteSpace(ExchangesFor) || !string.IsNullOrWhiteSpace(ExchangesFrom) || !string.IsNullOrWhiteSpace(SectorIdentifierUri);

    public static ClientForm Of(ClientSettings client) => new()
    {
        How = client.ClientCredentials && !client.HasCodeFlow ? Kind.Machine : client.Native ? Kind.Native : client.IsPublic ? Kind.Browser : client.ProvesByKey ? Kind.Keys : Kind.Web,
        Name = client.Name,
        NameEn = client.NameEn,
        RedirectUris = string.Join('\n', client.RedirectUris),
        PostLogoutRedirectUris = string.Join('\n', client.PostLogoutRedirectUris),
        BackchannelLogoutUri = client.BackchannelLogoutUri,
        Scopes = [.. client.Scopes],
        Purposes = client.Purposes.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal),
        PurposesEn = client.PurposesEn.ToDictionary(pair => pair.Key, pair => (string?)pair.Value, StringComparer.Ordinal),
        OptionalScopes = [.. client.OptionalScopes],
        Operator = client.Operator,
        OperatorEn = client.OperatorEn,
        Department = client.Department,
        ConsentDays = client.ConsentDays,
        LegalGround = client.LegalGround,
        LowestLevel = client.LowestLevel,
        Fapi = client.Fapi,
        Contacts = string.Join('\n', client.Contacts),
        ExchangesFor = string.Join('\n', client.ExchangesFor),
        ExchangesFrom = string.Join('\n', client.ExchangesFrom),
        JwksUri = client.JwksUri,
        RequiresPushedRequests = client.RequiresPushedRequests,
        RequiresDpop = client.RequiresDpop,
    };

    /// <summary>Over <paramref name="present"/>, so that what the form does not show stays as it is.</summary>
    public ClientSettings ToSettings(ClientSettings? present = null)
    {
        var isMachine = How == Kind.Machine;
        string[] scopes = [.. isMachine ? [] : new[] { "openid" }, .. ClientRules.OfferedScopes.Where(Scopes.Contains)];
        return new ClientSettings
        {
            Name = Name?.Trim() ?? "",
            NameEn = string.IsNullOrWhiteSpace(NameEn) ? null : NameEn.Trim(),
            RedirectUris = isMachine ? [] : LinesOf(RedirectUris),
            PostLogoutRedirectUris = isMachine ? [] : LinesOf(PostLogoutRedirectUris),
            BackchannelLogoutUri = isMachine || string.IsNullOrWhiteSpace(BackchannelLogoutUri) ? null : BackchannelLogoutUri.Trim(),
            Scopes = [.. scopes],
            Purposes = scopes.Where(scope => scope != "openid").ToDictionary(scope => scope, scope => Purposes.TryGetValue(scope, out var purpose) ? purpose?.Trim() ?? "" : "", StringComparer.Ordinal),
            PurposesEn = scopes.Where(scope => PurposesEn.TryGetValue(scope, out var purpose) && !string.IsNullOrWhiteSpace(purpose)).ToDictionary(scope => scope, scope => PurposesEn[scope]!.Trim(), StringComparer.Ordinal),
            OptionalScopes = isMachine ? [] : [.. scopes.Where(OptionalScopes.Contains)],
            Operator = TextOf(Operator),
            OperatorEn = TextOf(OperatorEn),
            Department = TextOf(Department),
            DepartmentEn = present?.DepartmentEn,
            ConsentDays = ConsentDays,
            LegalGround = isMachine ? null : TextOf(LegalGround),
            LowestLevel = isMachine ? 0 : LowestLevel,
            Fapi = How == Kind.Keys ? Fapi : present?.Fapi == true,
            ExchangesFor = MayExchange ? LinesOf(ExchangesFor) : present?.ExchangesFor ?? [],
            ExchangesFrom = MayExchange ? LinesOf(ExchangesFrom) : present?.ExchangesFrom ?? [],
            Contacts = LinesOf(Contacts),
            ClientCredentials = isMachine || present?.ClientCredentials == true,
            Native = How == Kind.Native,
            RefreshLifetime = present?.RefreshLifetime,
            Jwks = present is not null ? present.Jwks : How == Kind.Keys ? TextOf(Jwks) : null,
            JwksUri = How == Kind.Keys && present is not { JwksUri: null } ? TextOf(JwksUri) : present?.JwksUri,
            SectorIdentifierUri = present is not null ? present.SectorIdentifierUri : isMachine ? null : TextOf(SectorIdentifierUri),
            RequiresPushedRequests = !isMachine && RequiresPushedRequests,
            RequiresDpop = RequiresDpop,
        };
    }

    public void Check(ModelStateDictionary state, IStringLocalizer<ClientsTexts> texts, bool isNew)
    {
        state.Clear();
        if (string.IsNullOrWhiteSpace(Name))
        {
            state.AddModelError("Name", texts["NameMissing"]);
        }

        if (How != Kind.Machine && LinesOf(RedirectUris).Count == 0)
        {
            state.AddModelError("RedirectUris", texts["RedirectMissing"]);
        }

        if (ConsentDays is < 1 or > ClientRules.MostConsentDays)
        {
            state.AddModelError("ConsentDays", texts["ConsentDaysWrong", ClientRules.MostConsentDays]);
        }

        if (How == Kind.Keys && Fapi && LinesOf(RedirectUris).Any(uri => !uri.StartsWith("https://", StringComparison.Ordinal)))
        {
            state.AddModelError("RedirectUris", texts["FapiNeedsHttps"]);
        }

        CheckUris(state, texts, "RedirectUris", RedirectUris);
        CheckUris(state, texts, "PostLogoutRedirectUris", PostLogoutRedirectUris);
        CheckUris(state, texts, "BackchannelLogoutUri", BackchannelLogoutUri);
        foreach (var scope in ClientRules.OfferedScopes.Where(Scopes.Contains))
        {
            if (!Purposes.TryGetValue(scope, out var purpose) || string.IsNullOrWhiteSpace(purpose))
            {
                state.AddModelError($"Purposes-{scope}", texts["PurposeMissing", texts["Scope_" + scope]]);
            }
        }

        if (How == Kind.Keys && TextOf(JwksUri) is { } address)
        {
            if (!ClientRules.IsKeyAddress(address) || !string.IsNullOrWhiteSpace(Jwks))
            {
                state.AddModelError("JwksUri", texts[ClientRules.IsKeyAddress(address) ? "JwksTwice" : "JwksUriWrong"]);
            }
        }
        else if (How == Kind.Keys && isNew && ClientKeys.Read(Jwks) is null)
        {
            state.AddModelError("Jwks", texts["JwksWrong"]);
        }

        if (isNew && How != Kind.Machine && TextOf(SectorIdentifierUri) is { } sector && !ClientRules.IsKeyAddress(sector))
        {
            state.AddModelError("SectorIdentifierUri", texts["JwksUriWrong"]);
        }

        foreach (var (field, partners) in new[] { ("ExchangesFor", LinesOf(ExchangesFor)), ("ExchangesFrom", LinesOf(ExchangesFrom)) })
        {
            if (MayExchange && !ClientRules.ArePartners(partners))
            {
                state.AddModelError(field, texts["ExchangesWrong", ClientRules.MostPartners]);
            }
        }

        var contacts = LinesOf(Contacts);
        if (contacts.Count == 0 || !contacts.All(ClientRules.IsAddress))
        {
            state.AddModelError("Contacts", texts["ContactsWrong"]);
        }
    }

    private void CheckUris(ModelStateDictionary state, IStringLocalizer<ClientsTexts> texts, string field, string? text)
    {
        if (How != Kind.Machine && LinesOf(text).FirstOrDefault(uri => !ClientRules.IsSafe(uri)) is { } wrong)
        {
            state.AddModelError(field, texts["UriWrong", wrong.Length > 80 ? wrong[..80] + "…" : wrong]);
        }
    }

    private static string? TextOf(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static List<string> LinesOf(string? text) =>
        [.. (text ?? "").Split(['\n', '\r', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];
}
