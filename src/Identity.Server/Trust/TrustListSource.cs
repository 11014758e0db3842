using System.Security.Cryptography;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OneCode;
using OneCode.Sm;

namespace Identity.Server.Trust;

/// <summary>
/// The trust list that this server publishes and believes. Outside Development it is a file that the root keys signed somewhere
/// else; it is read again when it changes, and never goes back. Development signs its own, one of one.
/// </summary>
internal sealed partial class TrustListSource(
    KeyFolder folder, IOptions<TrustOptions> options, IOptions<Origins> origins, TimeProvider time, ILogger<TrustListSource> logger)
{
    private const string ListFile = "trust-list.cose";
    private const string ChangesFile = "root-changes.cose";

    private CurrentTrust? _current;
    private DateTimeOffset _read;
    private byte[]? _rootChanges;

    public CurrentTrust Current => Volatile.Read(ref _current) ?? throw new KeyUnavailableException("There is no trust list yet.");

    public CurrentTrust? CurrentOrNull => Volatile.Read(ref _current);

    /// <summary>The chain of changes of root keys (SPEC 14), as it is published; null where the roots never changed.</summary>
    public byte[]? RootChanges => Volatile.Read(ref _rootChanges);

    /// <summary>The template under which verifiers find this server's status lists.</summary>
    public string StatusUriTemplate => Origins.TextOf(origins.Value.Login) + "/status/" + TrustedKey.ListPlaceholder;

    /// <summary>Where this server says what status lists it has.</summary>
    public string StatusAggregationUri => Origins.TextOf(origins.Value.Login) + "/status";

    /// <summary>Loads or makes the list; at start and from time to time. Keeps the one it has when a newer one is no good.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await RefreshRootChangesAsync(cancellationToken);
        if (folder.MakesOwnKeys && options.Value.TrustListFile is null)
        {
            await RefreshOwnAsync(cancellationToken);
        }
        else
        {
            RefreshFromFile();
        }
    }

    // What nobody would read is not published: verifiers that wait for the next roots would wait for ever, and nothing would say so.
    private async Task RefreshRootChangesAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder.Path, ChangesFile);
        var chain = File.Exists(file) ? await File.ReadAllBytesAsync(file, cancellationToken) : null;
        if (chain is null || TrustRootsToken.TryReadChain(chain, out _))
        {
            Volatile.Write(ref _rootChanges, chain);
        }
        else if (CurrentOrNull is null)
        {
            throw new StartRefusedException(
                $"{Path.GetFullPath(file)} is not a chain of at most {TrustRootsToken.MaximumChanges} changes of root keys, one after the other as onecode trust rotate wrote them. Drop the oldest of a longer one.");
        }
        else
        {
            RootChangesRefused();
        }
    }

    private void RefreshFromFile()
    {
        var listFile = options.Value.TrustListFile ?? Path.Combine(folder.Path, ListFile);
        var rootsFile = options.Value.RootsFile ?? Path.Combine(folder.Path, "trust-roots.json");

        foreach (var file in new[] { listFile, rootsFile })
        {
            if (!File.Exists(file))
            {
                throw new StartRefusedException($"The file {Path.GetFullPath(file)} is missing. certs/README.md says how the root keys sign a trust list.");
            }
        }

        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(listFile), TimeSpan.Zero);
        if (written == _read)
        {
            return;
        }

        var roots = TrustRoots.TryParseJson(File.ReadAllText(rootsFile), Sm2.AndEs256, out var parsed)
            ? parsed
            : throw new StartRefusedException($"{Path.GetFullPath(rootsFile)} is not a root key set: a JWK Set of P-256 or SM2 keys with a threshold.");
        var signed = File.ReadAllBytes(listFile);
        if (TrustListToken.TryVerify(signed, roots, CurrentOrNull?.List, out var list, out var rejection))
        {
            Take(new CurrentTrust(signed, list, roots));
            _read = written;
        }
        else if (CurrentOrNull is null)
        {
            throw new StartRefusedException($"{Path.GetFullPath(listFile)} is not a trust list of those root keys: {rejection}.");
        }
        else
        {
            TrustListRefused(rejection.Value);
            _read = written;
        }
    }

    private async Task RefreshOwnAsync(CancellationToken cancellationToken)
    {
        using var root = folder.DevelopmentRoot();
        var roots = new TrustRoots([root.PublicKey], 1, Sm2.AndEs256);
        var file = Path.Combine(folder.Path, ListFile);
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var held = CurrentOrNull;
        if (held is null && File.Exists(file) && TrustListToken.TryVerify(await File.ReadAllBytesAsync(file, cancellationToken), roots, null, out var kept, out _))
        {
            held = new CurrentTrust(await File.ReadAllBytesAsync(file, cancellationToken), kept, roots);
        }

        var (neighbours, levels) = await NeighboursAsync(held?.List, cancellationToken);
        // Whoever put another root key there handed over, or tries what that does to verifiers.
        var fresh = held is not null && held.Roots.Keys.Contains(root.PublicKey) && now - held.List.Content.IssuedAt < options.Value.TrustListTtl / 2;
        if (fresh && SaysTheSame(held!.List, neighbours, levels))
        {
            Take(held);
            return;
        }

        var content = new TrustListContent
        {
            Publisher = options.Value.Region,
            // The clock may have been set back since; the version must not be.
            Version = Math.Max(now.ToUnixTimeSeconds(), (held?.List.Content.Version ?? 0) + 1),
            IssuedAt = now,
            TimeToLive = options.Value.TrustListTtl,
            ExpiresAt = now + options.Value.TrustListLife,
            Keys = [.. OwnKeys(held?.List, now), .. neighbours],
            Levels = levels,
        };
        var signed = await TrustListToken.Prepare(content).CompleteAsync([root], cancellationToken);
        if (!TrustListToken.TryVerify(signed, roots, held?.List, out var list, out var rejection))
        {
            throw new InvalidOperationException($"The trust list that was just signed is refused: {rejection}.");
        }

        await File.WriteAllBytesAsync(file + ".new", signed, cancellationToken);
        File.Move(file + ".new", file, overwrite: true);
        Take(new CurrentTrust(signed, list, roots));
    }

    // As the other regions signed them; of a region that cannot be read just now, what was known before stands.
    private async Task<(List<TrustedKey> Keys, List<LevelMapping> Levels)> NeighboursAsync(TrustList? held, CancellationToken cancellationToken)
    {
        var keys = new List<TrustedKey>();
        var levels = new List<LevelMapping>();
        foreach (var neighbour in options.Value.Neighbours.Where(neighbour => File.Exists(neighbour.Roots) && File.Exists(neighbour.List)))
        {
            if (TrustRoots.TryParseJson(await File.ReadAllTextAsync(neighbour.Roots, cancellationToken), Sm2.AndEs256, out var roots)
                && TrustListToken.TryVerify(await File.ReadAllBytesAsync(neighbour.List, cancellationToken), roots, null, out var list, out _)
                && list.Content.Publisher is var region && region != options.Value.Region)
            {
                // A region speaks for itself alone.
                keys.AddRange(list.Content.Keys.Where(key => key.Issuer == region));
                if (neighbour.Levels is { } text && LevelMapping.TryParse(region, text, out var row))
                {
                    levels.Add(row);
                }
            }
        }

        if (options.Value.Neighbours.Count > 0 && held is not null)
        {
            var read = keys.Select(key => key.Issuer).Append(options.Value.Region).ToHashSet();
            keys.AddRange(held.Content.Keys.Where(key => !read.Contains(key.Issuer)));
            levels.AddRange(held.Content.Levels.Where(row => !read.Contains(row.Issuer)));
        }

        return (keys, levels);
    }

    private IEnumerable<TrustedKey> OwnKeys(TrustList? held, DateTimeOffset now)
    {
        foreach (var purpose in Enum.GetValues<KeyPurpose>())
        {
            foreach (var key in folder.KeysOf(purpose))
            {
                var known = held?.Content.Keys.FirstOrDefault(k => k.PublicKey.Equals(key.PublicKey));
                yield return new TrustedKey
                {
                    PublicKey = key.PublicKey,
                    Issuer = options.Value.Region,
                    Purpose = purpose,
                    From = known?.From ?? now - TimeSpan.FromDays(1),
                    Until = known?.Until ?? now + TimeSpan.FromDays(3650),
                    StatusUriTemplate = purpose == KeyPurpose.StatusList ? null : StatusUriTemplate,
                };
            }
        }
    }

    private bool SaysTheSame(TrustList held, List<TrustedKey> neighbours, List<LevelMapping> levels) =>
        held.Content.Publisher == options.Value.Region
        && held.Content.Keys.Where(key => key.Issuer != options.Value.Region).SequenceEqual(neighbours)
        && held.Content.Levels.SequenceEqual(levels)
        && held.Content.Keys.Where(key => key.Issuer == options.Value.Region).All(key => key.Purpose == KeyPurpose.StatusList || key.StatusUriTemplate == StatusUriTemplate)
        && held.Content.Keys.Where(key => key.Issuer == options.Value.Region).Select(key => (key.PublicKey, key.Purpose)).ToHashSet().SetEquals(
            Enum.GetValues<KeyPurpose>().SelectMany(purpose => folder.KeysOf(purpose).Select(key => (key.PublicKey, purpose))));

    private void Take(CurrentTrust trust)
    {
        if (CurrentOrNull?.List.Content.Version != trust.List.Content.Version)
        {
            TrustListTaken(trust.List.Content.Version, trust.List.Content.Keys.Count, trust.List.Content.ExpiresAt);
        }

        Volatile.Write(ref _current, trust);
    }

    /// <summary>The strong ETag of the list as served.</summary>
    public static string EtagOf(ReadOnlyMemory<byte> signed) => '"' + Convert.ToHexStringLower(SHA256.HashData(signed.Span).AsSpan(0, 12)) + '"';

    [LoggerMessage(4003, LogLevel.Information, "Trust list {Version} with {Keys} keys is in force until {ExpiresAt}")]
    private partial void TrustListTaken(long version, int keys, DateTimeOffset expiresAt);

    [LoggerMessage(4004, LogLevel.Critical, "The new trust list file is refused ({Reason}); keeping the one held")]
    private partial void TrustListRefused(TrustListRejection reason);

    [LoggerMessage(4006, LogLevel.Critical, "The file of changes of root keys is no chain that verifiers read; publishing the one held")]
    private partial void RootChangesRefused();
}
