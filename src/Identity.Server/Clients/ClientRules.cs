namespace Identity.Server.Clients;

/// <summary>What is wrong with a client's settings, in sentences for whoever wrote them.</summary>
internal static class ClientRules
{
    public static readonly IReadOnlySet<string> KnownScopes =
        new HashSet<string>(StringComparer.Ordinal) { "openid", "profile", "birthdate", "age", "offline_access", "credentials", "verify", RegistersClients };

    /// <summary>Lets a developer's tool register clients. Only configuration gives it: a client that makes clients would outlive its own end.</summary>
    public const string RegistersClients = "clients";

    /// <summary>What a registered client may ask for beside <c>openid</c>.</summary>
    public static readonly IReadOnlyList<string> OfferedScopes = ["profile", "birthdate", "age", "offline_access", "credentials", "verify"];

    public const int MostConsentDays = 366;

    public const int MostPartners = 20;

    private const int ShortestSecret = 16;
    private const int MostUris = 20;
    private const int LongestUri = 500;
    private const int LongestName = 60;
    private const int LongestPurpose = 200;
    private const int MostContacts = 5;
    private const int LongestGround = 300;
    private const int LongestOperator = 100;

    public static IEnumerable<string> FaultsOf(ClientSettings client)
    {
        if (!IsId(client.Id))
        {
            yield return $"'{client.Id}' is no client id: up to 64 letters, digits, '-', '_' and '.'.";
        }

        if (client.Name.Length == 0)
        {
            yield return $"{client.Id} has no Name.";
        }

        if (client.Secret is { Length: < ShortestSecret })
        {
            yield return $"{client.Id}'s Secret is shorter than {ShortestSecret} characters.";
        }

        if ((client.Secret is not null || client.HoldsSecret) && client.ProvesByKey)
        {
            yield return $"{client.Id} has a Secret and a Jwks or JwksUri: whoever has the secret would not need the key.";
        }

        if (client.Jwks is not null && client.JwksUri is not null)
        {
            yield return $"{client.Id} has a Jwks and a JwksUri: nobody could say which counts.";
        }

        if (client.JwksUri is { } address && !IsKeyAddress(address))
        {
            yield return $"{client.Id}'s JwksUri must be absolute and https, without fragment and user, of at most {LongestUri} characters.";
        }

        if (client.Jwks is not null && ClientKeys.Read(client.Jwks) is null)
        {
            yield return $"{client.Id}'s Jwks is no JWK Set of public P-256 or RSA keys (at least 2048 bits, kid different).";
        }

        if (client.SectorIdentifierUri is { } sector && !IsKeyAddress(sector))
        {
            yield return $"{client.Id}'s SectorIdentifierUri must be absolute and https, without fragment and user, of at most {LongestUri} characters.";
        }

        if (client.ClientCredentials && client.IsPublic)
        {
            yield return $"{client.Id} has ClientCredentials but no Secret, Jwks or JwksUri to prove itself with.";
        }

        if (client.ExchangesFor.Count > 0 && (client.IsPublic || client.Staff || !client.HasCodeFlow))
        {
            yield return $"{client.Id} has ExchangesFor, which is for confidential clients that sign citizens in.";
        }

        if (client.ExchangesFrom.Count > 0 && (client.IsPublic || client.Staff || (!client.HasCodeFlow && client.LegalGround is null)))
        {
            yield return $"{client.Id} has ExchangesFrom, which is for confidential clients that citizens sign in to, or that have a LegalGround.";
        }

        if (!ArePartners(client.ExchangesFor) || !ArePartners(client.ExchangesFrom) || client.ExchangesFor.Contains(client.Id))
        {
            yield return $"{client.Id} names itself, no client, or more than {MostPartners} in ExchangesFor or ExchangesFrom.";
        }

        if (client.RequiresPushedRequests && !client.HasCodeFlow)
        {
            yield return $"{client.Id} has RequiresPushedRequests but no RedirectUris.";
        }

        if (client.ConsentDays is < 1 or > MostConsentDays)
        {
            yield return $"{client.Id}'s ConsentDays is not between 1 and {MostConsentDays}.";
        }

        if (client.OptionalScopes.FirstOrDefault(scope => scope == "openid" || !client.Scopes.Contains(scope)) is { } notAsked)
        {
            yield return $"{client.Id} names '{notAsked}' as optional and cannot ask for it, or cannot do without it.";
        }

        if (client.LegalGround is { } ground && ground.Trim().Length is 0 or > LongestGround)
        {
            yield return $"{client.Id}'s LegalGround is empty or of more than {LongestGround} characters.";
        }

        if (client.LowestLevel is < 0 or > 4)
        {
            yield return $"{client.Id}'s LowestLevel is not 0 to 4.";
        }

        if (client.IdTokenAlgorithm is not ("ES256" or "RS256") || client is { ReadsRs256: true, Fapi: true })
        {
            yield return $"{client.Id}'s IdTokenAlgorithm is not ES256 or RS256, or it is RS256 with Fapi, which has no RS256.";
        }

        // FAPI 2.0 Security Profile 5.3.2.1 and 5.3.2.2. What is asked of requests is refused there; this is what no request could mend.
        if (client.Fapi && (!client.ProvesByKey || client.RedirectUris.Any(uri => !uri.StartsWith("https://", StringComparison.Ordinal) && !client.Native)))
        {
            yield return $"{client.Id} has Fapi: it must prove itself with keys (Jwks or JwksUri), and its redirect URIs must be https.";
        }

        if (!client.HasCodeFlow && !client.ClientCredentials)
        {
            yield return $"{client.Id} has neither RedirectUris nor ClientCredentials: it could do nothing.";
        }

        foreach (var scope in client.Scopes.Where(scope => !KnownScopes.Contains(scope)))
        {
            yield return $"{client.Id} names the unknown scope '{scope}'.";
        }

        foreach (var uri in client.RedirectUris.Concat(client.PostLogoutRedirectUris).Concat(client.Resources).Concat(client.BackchannelLogoutUri is { } back ? [back] : []).Where(uri => !IsSafe(uri)))
        {
            yield return $"{client.Id}'s '{uri}' must be absolute, https (http on loopback only), without fragment and user.";
        }

        if (client.RefreshLifetime is { } life && (life < TimeSpan.FromMinutes(1) || life > TimeSpan.FromDays(366)))
        {
            yield return $"{client.Id}'s RefreshLifetime is not between a minute and a year.";
        }
    }

    /// <summary>What is wrong with a client that somebody registers: the same, and what only we may give.</summary>
    public static IEnumerable<string> FaultsOfRegistered(ClientSettings client)
    {
        if (client is { Wallet: true } or { Staff: true } or { VerifierLevel: > VerifierLevel.V0 } or { ReadsRs256: true } or { Resources.Count: > 0 })
        {
            yield return $"{client.Id} asks for what only configuration gives (Wallet, Staff, VerifierLevel, IdTokenAlgorithm, Resources).";
        }

        if (client.Scopes.Contains(RegistersClients))
        {
            yield return $"{client.Id} asks for the scope '{RegistersClients}', which only configuration gives.";
        }

        if (client.Name.Length > LongestName || client.NameEn?.Length > LongestName || client.Purposes.Values.Any(purpose => purpose.Length > LongestPurpose))
        {
            yield return $"{client.Id} has a name of more than {LongestName} or a purpose of more than {LongestPurpose} characters.";
        }

        if (client.PurposesEn.Values.Any(purpose => purpose.Length > LongestPurpose)
            || new[] { client.Operator, client.OperatorEn, client.Department, client.DepartmentEn }.Any(text => text?.Length > LongestOperator))
        {
            yield return $"{client.Id} has a purpose of more than {LongestPurpose} or an operator or department of more than {LongestOperator} characters.";
        }

        if (client.RedirectUris.Count > MostUris || client.PostLogoutRedirectUris.Count > MostUris)
        {
            yield return $"{client.Id} has more than {MostUris} URIs.";
        }

        if (client.RedirectUris.Concat(client.PostLogoutRedirectUris).Append(client.BackchannelLogoutUri ?? "").Any(uri => uri.Length > LongestUri))
        {
            yield return $"{client.Id} has a URI of more than {LongestUri} characters.";
        }

        foreach (var fault in FaultsOf(client))
        {
            yield return fault;
        }
    }

    /// <summary>What a person who registers a client owes the citizens beside that: what for, and whom to write to.</summary>
    public static IEnumerable<string> FaultsOfDevelopers(ClientSettings client)
    {
        if (client.Scopes.FirstOrDefault(scope => scope != "openid" && !(client.Purposes.TryGetValue(scope, out var purpose) && purpose.Trim().Length > 0)) is { } unexplained)
        {
            yield return $"{client.Id} does not say what it needs the scope '{unexplained}' for.";
        }

        if (client.Contacts.Count is 0 or > MostContacts || !client.Contacts.All(IsAddress))
        {
            yield return $"{client.Id} names nobody to write to, or not by mail address.";
        }

        foreach (var fault in FaultsOfRegistered(client))
        {
            yield return fault;
        }
    }

    /// <summary>Client ids, known here or not yet, and not too many.</summary>
    internal static bool ArePartners(IEnumerable<string> ids) => ids.Take(MostPartners + 1).Count() <= MostPartners && ids.All(IsId);

    private static bool IsId(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>One @ with something on both sides; whether mail arrives only mail can tell.</summary>
    internal static bool IsAddress(string text) =>
        text.Length is > 2 and <= 254 && text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at == text.LastIndexOf('@') && at < text.Length - 1
        && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>By HTTPS alone, also on loopback: whoever answers in its place could sign for the client.</summary>
    internal static bool IsKeyAddress(string text) => text.Length <= LongestUri && IsSafe(text) && text.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>RFC 9700 2.1, RFC 8252 7.3: no plain HTTP over a network, nothing that a script or a parser reads in two ways.</summary>
    internal static bool IsSafe(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0
        && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('\\', '*', '#');
}
