using System.Text.Json.Nodes;
using OneCode.Sm;
using OneCode.Verifier;

namespace OneCode.Cli;

/// <summary>What <c>verify</c> and <c>gate</c> are told, and the verifier that comes of it.</summary>
/// <param name="Root">The root keys' file.</param>
/// <param name="Trust">The trust list: a file or a URL.</param>
/// <param name="Status">Status lists: a folder, an issuer's base URL, or nothing.</param>
/// <param name="CacheFolder">Where to keep what is fetched, if anywhere.</param>
/// <param name="Clock">What codes are judged by.</param>
/// <param name="FetchUnnamed">Whether lists are fetched from where the trust list says when <paramref name="Status"/> does not say.</param>
/// <param name="Changes">Changes of root keys: a file or a URL. Null: from where the metadata of the trust list's site says, if that is a URL.</param>
/// <param name="Compact">Which compact series (SPEC 13) to hold, by the beginnings of their names; null holds none.</param>
internal sealed record VerifierSetup(FileInfo Root, string Trust, string? Status, string? CacheFolder, TimeProvider Clock, bool FetchUnnamed, string? Changes = null, IReadOnlyList<string>? Compact = null)
{
    private const string MetadataPath = "/.well-known/onecode-configuration";
    private const int LargestRoots = 64 * 1024;

    public static async Task<CodeVerifier> CreateAsync(VerifierSetup setup, HttpClient http, TextWriter notes, CancellationToken cancellationToken)
    {
        var (trust, status) = (setup.Trust, setup.Status);
        if (!TrustRoots.TryParseJson(System.Text.Encoding.UTF8.GetString(await ReadFileAsync(setup.Root.FullName, LargestRoots, cancellationToken)), Sm2.AndEs256, out var roots))
        {
            throw new UsageException($"{setup.Root} holds no root keys: a JWK Set of P-256 or SM2 keys with a threshold.");
        }

        if (setup.Compact is not null && !IsUrl(trust))
        {
            throw new UsageException("Compact status is looked for where the trust list's site says: --trust must be a URL.");
        }

        var changes = setup.Changes;
        var isMirror = status is not null && IsUrl(status);
        var options = new CodeVerifierOptions
        {
            TrustListUri = IsUrl(trust) ? new Uri(trust) : null,
            FetchStatusLists = isMirror || (status is null && setup.FetchUnnamed),
            StatusMirror = isMirror ? await StatusTemplateAsync(http, status!, notes, cancellationToken) : null,
            CacheFolder = setup.CacheFolder,
            RootChangesUri = changes is not null && IsUrl(changes) ? new Uri(changes) : null,
            MetadataUri = IsUrl(trust) && (changes is null || setup.Compact is not null) ? new Uri(new Uri(trust), MetadataPath) : null,
            FetchCompactStatus = setup.Compact is not null,
            CompactSeries = series => setup.Compact is [] || setup.Compact?.Any(beginning => series.StartsWith(beginning, StringComparison.Ordinal)) == true,
        };
        var verifier = new CodeVerifier(roots, options, http, setup.Clock);
        verifier.Load();
        if (changes is not null && !IsUrl(changes))
        {
            await TakeChangesAsync(verifier, changes, cancellationToken);
        }

        if (options.TrustListUri is null && verifier.TakeTrustList(await ReadFileAsync(trust, TrustListToken.MaximumSize, cancellationToken)) is { } refused)
        {
            // Not a verdict about the code: without a trust list nobody can tell.
            await notes.WriteLineAsync($"The trust list was refused: {refused}.");
        }
        else if (options.TrustListUri is not null)
        {
            await verifier.RefreshAsync(cancellationToken);
            if (verifier.Trust is null)
            {
                await notes.WriteLineAsync("No trust list from there that the roots vouch for.");
            }
        }

        if (status is not null && !isMirror)
        {
            await TakeFolderAsync(verifier, status, cancellationToken);
        }

        return verifier;
    }

    public static bool IsUrl(string text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    public static async Task<byte[]> ReadFileAsync(string file, int limit, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(file).Length <= limit
                ? await File.ReadAllBytesAsync(file, cancellationToken)
                : throw new UsageException($"{file} is too large.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file} cannot be read: {e.Message}");
        }
    }

    private static async Task TakeChangesAsync(CodeVerifier verifier, string file, CancellationToken cancellationToken)
    {
        if (!TrustRootsToken.TryReadChain(await ReadFileAsync(file, TrustRootsToken.MaximumSize * TrustRootsToken.MaximumChanges, cancellationToken), out var chain))
        {
            throw new UsageException($"{file} is not a chain of at most {TrustRootsToken.MaximumChanges} changes of root keys.");
        }

        foreach (var change in chain)
        {
            // What lies before the roots held is refused, and the next link fits or does not; if none does, the trust list tells.
            _ = verifier.TakeRoots(change.ToArray());
        }
    }

    private static async Task TakeFolderAsync(CodeVerifier verifier, string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new UsageException($"There is no folder {folder}.");
        }

        // A list is known by what it is signed for, not by its file's name; what is no list of ours is passed over.
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => new FileInfo(file).Length <= StatusListToken.MaximumSize))
        {
            _ = verifier.TakeStatusList(await ReadFileAsync(file, StatusListToken.MaximumSize, cancellationToken));
        }
    }

    private static async Task<string?> StatusTemplateAsync(HttpClient http, string issuer, TextWriter notes, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = JsonNode.Parse(await http.GetStringAsync(new Uri(new Uri(issuer), "/.well-known/onecode-configuration"), cancellationToken));
            return (string?)metadata?["status_list_uri_template"];
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException or InvalidOperationException or TaskCanceledException)
        {
            // The trust list names the place too; without an answer there the verdict says what is missing.
            await notes.WriteLineAsync($"No metadata from {issuer}.");
            return null;
        }
    }
}
