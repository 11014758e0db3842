using System.Collections.Frozen;
using System.Security.Cryptography;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>
/// The clients there are: the configured ones, which win and which nobody edits, and the registered ones from the database. What a
/// client is allowed is decided here; the OIDC engine is told the same.
/// </summary>
internal sealed class ClientDirectory
{
    public const string Section = "Clients";

    /// <summary>How every registered client's id begins. Nothing else is looked up in the database.</summary>
    public const string RegisteredPrefix = "rp-";

    // Clocks of nodes differ and a commit comes after its time: what changed so long before the newest that is known is read again.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    private readonly FrozenDictionary<string, ClientSettings> _configured;
    private readonly IServiceScopeFactory _scopes;
    private readonly bool _restricts;
    private readonly Lock _changing = new();
    private volatile Snapshot _registered = Snapshot.Empty;

    public ClientDirectory(IConfiguration configuration, IServiceScopeFactory scopes, IOptions<RegistrationOptions> options, IHostEnvironment environment)
    {
        _scopes = scopes;
        _restricts = options.Value.RestrictUnreviewed ?? !environment.IsDevelopment();
        _configured = configuration.GetSection(Section).GetChildren().Select(Read).ToFrozenDictionary(client => client.Id, StringComparer.Ordinal);
        var faults = _configured.Values.SelectMany(ClientRules.FaultsOf)
            .Concat(from id in _configured.Keys where IsRegisteredId(id) select $"{id} looks like a registered client: no configured one begins with {RegisteredPrefix}.")
            .ToArray();
        if (faults.Length > 0)
        {
            throw new InvalidOperationException("The configured clients cannot be used: " + string.Join(" ", faults));
        }
    }

    /// <summary>The configured ones.</summary>
    public IEnumerable<ClientSettings> Configured => _configured.Values;

    /// <summary>All of them, as this node knew them a second ago.</summary>
    public IEnumerable<ClientSettings> All => _configured.Values.Concat(_registered.Clients.Values.Select(known => known.Settings).OfType<ClientSettings>());

    /// <summary>A registered client that this node has not heard of yet is asked for at the database, so that it works everywhere at once.</summary>
    public ClientSettings? Find(string? clientId)
    {
        if (clientId is null)
        {
            return null;
        }

        if (_configured.TryGetValue(clientId, out var client))
        {
            return client;
        }

        if (_registered.Clients.TryGetValue(clientId, out var known))
        {
            return known.Settings;
        }

        return IsRegisteredId(clientId) ? Ask(clientId) : null;
    }

    /// <summary>Whether a script of this origin is a browser client's.</summary>
    public bool HasBrowserOrigin(string origin) => _configured.Values.SelectMany(BrowserOriginsOf).Contains(origin) || _registered.BrowserOrigins.Contains(origin);

    /// <summary>An id that no client has had.</summary>
    public static string NewId() => RegisteredPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10));

    /// <summary>Takes in what changed since the last time.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var since = _registered.Newest - Overlap;
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var rows = await db.Set<RegisteredClient>().AsNoTracking().Where(client => client.ChangedAt >= since).ToListAsync(cancellationToken);
        var changed = rows.Where(row => !_registered.Has(row)).ToList();
        if (changed.Count > 0)
        {
            var ids = changed.Select(row => row.Id).ToList();
            var testers = await db.Set<ClientTester>().AsNoTracking()
                .Where(tester => ids.Contains(tester.ClientId) && tester.AccountId != null)
                .Select(tester => new { tester.ClientId, tester.AccountId }).ToListAsync(cancellationToken);
            var agreed = testers.ToLookup(tester => tester.ClientId, tester => tester.AccountId!.Value);
            Take(changed, row => agreed[row.Id]);
        }
    }

    /// <summary>
    /// Blocks for one look-up by key: the rules that ask are synchronous, and a client that one node knows and the next one does
    /// not would give its users other names (<c>sub</c>) there.
    /// </summary>
    private ClientSettings? Ask(string clientId)
    {
        using var scope = _scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        if (db.Set<RegisteredClient>().AsNoTracking().SingleOrDefault(client => client.Id == clientId) is not { RemovedAt: null } row)
        {
            return null;
        }

        var agreed = db.Set<ClientTester>().Where(tester => tester.ClientId == clientId && tester.AccountId != null).Select(tester => tester.AccountId!.Value).ToArray();
        Take([row], _ => agreed);
        return _registered.Clients.GetValueOrDefault(clientId)?.Settings;
    }

    private void Take(IReadOnlyList<RegisteredClient> rows, Func<RegisteredClient, IEnumerable<Guid>> agreed)
    {
        lock (_changing)
        {
            var clients = _registered.Clients.ToDictionary(StringComparer.Ordinal);
            var newest = _registered.Newest;
            foreach (var row in rows.Where(row => !_registered.Has(row)))
            {
                newest = row.ChangedAt > newest ? row.ChangedAt : newest;
                clients[row.Id] = new Known(row.Version, row.RemovedAt is null ? SettingsOf(row, agreed(row)) : null);
            }

            _registered = new Snapshot(
                clients.ToFrozenDictionary(StringComparer.Ordinal),
                clients.Values.Where(known => known.Settings is not null).SelectMany(known => BrowserOriginsOf(known.Settings!)).ToFrozenSet(StringComparer.Ordinal),
                newest);
        }
    }

    private ClientSettings SettingsOf(RegisteredClient row, IEnumerable<Guid> agreed)
    {
        var settings = row.Settings;
        var restricted = _restricts && row.ReviewedAt is null;
        settings.Registration = new Registration(row.OwnerId, restricted ? agreed.Concat(row.OwnerId is { } owner ? [owner] : []).ToFrozenSet() : null, row.ReviewedAt is not null);
        return settings;
    }

    private static bool IsRegisteredId(string clientId) => clientId.StartsWith(RegisteredPrefix, StringComparison.Ordinal) && clientId.Length <= 64;

    /// <summary>Only of public clients: a confidential one calls from its server, and a script of its origin has no business with the token endpoint.</summary>
    private static IEnumerable<string> BrowserOriginsOf(ClientSettings client) =>
        client is { IsPublic: true, Native: false } ? client.RedirectUris.Select(uri => Origins.TextOf(new Uri(uri))) : [];

    private static ClientSettings Read(IConfigurationSection section)
    {
        var client = section.Get<ClientSettings>() ?? new ClientSettings();
        client.Id = section.Key;
        return client;
    }

    private sealed record Known(int Version, ClientSettings? Settings);

    private sealed record Snapshot(FrozenDictionary<string, Known> Clients, FrozenSet<string> BrowserOrigins, DateTimeOffset Newest)
    {
        public static readonly Snapshot Empty = new(FrozenDictionary<string, Known>.Empty, [], DateTimeOffset.UnixEpoch + Overlap);

        public bool Has(RegisteredClient row) => Clients.TryGetValue(row.Id, out var known) && known.Version >= row.Version;
    }
}
