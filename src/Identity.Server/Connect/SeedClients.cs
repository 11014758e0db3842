using System.Globalization;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// Makes the engine's clients equal to ours, at start. A client that is no longer configured or registered goes, with its
/// grants and tokens.
/// </summary>
internal sealed partial class SeedClients(IOpenIddictApplicationManager engine, ClientDirectory clients, ServerDbContext db, AuditTrail audit, ILogger<SeedClients> logger)
{
    public async Task HandleAsync(CancellationToken cancellationToken)
    {
        var known = await db.Set<OidcClient>().AsNoTracking().ToDictionaryAsync(client => client.ClientId!, StringComparer.Ordinal, cancellationToken);
        foreach (var gone in known.Keys.Where(id => clients.Find(id) is null))
        {
            Record(ConnectEvents.ClientRemoved, gone);
            await engine.DeleteAsync((await engine.FindByClientIdAsync(gone, cancellationToken))!, cancellationToken);
            ClientGone(gone);
        }

        foreach (var client in clients.All)
        {
            await SeedAsync(client, known.GetValueOrDefault(client.Id), cancellationToken);
        }
    }

    private async Task SeedAsync(ClientSettings client, OidcClient? known, CancellationToken cancellationToken)
    {
        var wanted = DescriptorOf(client);
        if (known is null)
        {
            if (client.Registration is not null)
            {
                // Its secret is told once and kept by the engine alone: registering wrote both or neither.
                throw new InvalidOperationException($"{client.Id} is registered and the engine does not know it: the database was changed by hand.");
            }

            Record(ConnectEvents.ClientAdded, client.Id);
            await engine.CreateAsync(wanted, cancellationToken);
            ClientMade(client.Id);
            return;
        }

        var present = new OpenIddictApplicationDescriptor();
        await engine.PopulateAsync(present, known, cancellationToken);
        if (client.HoldsSecret)
        {
            wanted.ClientSecret = present.ClientSecret;
        }

        var sameSecret = client.HoldsSecret || (client.Secret is null
            ? present.ClientSecret is null
            : present.ClientSecret is not null && await engine.ValidateClientSecretAsync(known, client.Secret, cancellationToken));
        if (!sameSecret || !AreAlike(wanted, present))
        {
            Record(ConnectEvents.ClientChanged, client.Id);
            await engine.UpdateAsync((await engine.FindByClientIdAsync(client.Id, cancellationToken))!, wanted, cancellationToken);
            ClientChanged(client.Id);
        }
    }

    /// <summary>The engine saves the same context next, and the entry with the client.</summary>
    private void Record(AuditEvent what, string clientId) => audit.Record(what, "system", subject: null, new { Client = clientId });

    internal static OpenIddictApplicationDescriptor DescriptorOf(ClientSettings client)
    {
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientSecret = client.Secret,
            JsonWebKeySet = client.Jwks is { } jwks ? new JsonWebKeySet(jwks) : client.JwksUri is not null ? ElsewhereKept() : null,
            ClientType = client.IsPublic ? ClientTypes.Public : ClientTypes.Confidential,
            ApplicationType = client.Native ? ApplicationTypes.Native : ApplicationTypes.Web,

            // First-party government services: the law is their ground, not a click. The citizen sees every grant and can end it.
            ConsentType = ConsentTypes.Implicit,
            DisplayName = client.Name,
        };
        descriptor.DisplayNames[CultureInfo.GetCultureInfo("zh-CN")] = client.Name;
        descriptor.DisplayNames[CultureInfo.GetCultureInfo("en")] = client.NameEn ?? client.Name;
        descriptor.RedirectUris.UnionWith(client.RedirectUris.Select(uri => new Uri(uri)));
        descriptor.PostLogoutRedirectUris.UnionWith(client.PostLogoutRedirectUris.Select(uri => new Uri(uri)));
        descriptor.Permissions.UnionWith(PermissionsOf(client));
        if (client.RefreshLifetime is { } life)
        {
            descriptor.SetRefreshTokenLifetime(life);
        }

        return descriptor;
    }

    /// <summary>The engine wants a key of whoever has no secret. It is asked for nothing: ClientAssertion looks at the fetched ones, and this one has no numbers.</summary>
    private static JsonWebKeySet ElsewhereKept()
    {
        var keys = new JsonWebKeySet();
        keys.Keys.Add(new JsonWebKey { Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve, Use = JsonWebKeyUseNames.Sig, Kid = "jwks_uri" });
        return keys;
    }

    private static IEnumerable<string> PermissionsOf(ClientSettings client)
    {
        yield return Permissions.Endpoints.Token;
        yield return Permissions.Endpoints.Revocation;
        if (!client.IsPublic)
        {
            yield return Permissions.Endpoints.Introspection;
        }

        if (client.HasCodeFlow)
        {
            yield return Permissions.Endpoints.Authorization;
            yield return Permissions.Endpoints.PushedAuthorization;
            yield return Permissions.Endpoints.EndSession;
            yield return Permissions.GrantTypes.AuthorizationCode;
            yield return Permissions.ResponseTypes.Code;
        }

        if (client.HasCodeFlow && client.MayStayOffline)
        {
            yield return Permissions.GrantTypes.RefreshToken;
        }

        if (client.ClientCredentials)
        {
            yield return Permissions.GrantTypes.ClientCredentials;
        }

        if (client.ExchangesFor.Count > 0)
        {
            yield return Permissions.GrantTypes.TokenExchange;
        }

        foreach (var scope in client.Scopes)
        {
            yield return Permissions.Prefixes.Scope + scope;
        }
    }

    private static bool AreAlike(OpenIddictApplicationDescriptor one, OpenIddictApplicationDescriptor other) =>
        one.ClientType == other.ClientType && one.ApplicationType == other.ApplicationType && one.ConsentType == other.ConsentType
        && one.DisplayName == other.DisplayName
        && one.DisplayNames.OrderBy(name => name.Key.Name).SequenceEqual(other.DisplayNames.OrderBy(name => name.Key.Name))
        && one.RedirectUris.SetEquals(other.RedirectUris) && one.PostLogoutRedirectUris.SetEquals(other.PostLogoutRedirectUris)
        && KeysOf(one).SetEquals(KeysOf(other))
        && one.Permissions.SetEquals(other.Permissions) && one.Requirements.SetEquals(other.Requirements)
        && one.Settings.OrderBy(setting => setting.Key).SequenceEqual(other.Settings.OrderBy(setting => setting.Key));

    private static HashSet<string> KeysOf(OpenIddictApplicationDescriptor client) => [.. client.JsonWebKeySet?.Keys.Select(key => $"{key.Kid} {key.X}{key.Y}{key.N}") ?? []];

    [LoggerMessage(1001, LogLevel.Information, "Made the client {ClientId}")]
    private partial void ClientMade(string clientId);

    [LoggerMessage(1002, LogLevel.Information, "Changed the client {ClientId} to what is configured")]
    private partial void ClientChanged(string clientId);

    [LoggerMessage(1003, LogLevel.Warning, "Removed the client {ClientId} with its grants and tokens: it is no longer configured")]
    private partial void ClientGone(string clientId);
}
