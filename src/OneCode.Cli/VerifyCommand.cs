using System.CommandLine;
using System.Text.Json.Nodes;
using OneCode.Sm;
using OneCode.Verifier;

namespace OneCode.Cli;

/// <summary><c>onecode verify</c>: a verdict and an exit code, from nothing but files if need be.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var text = new Argument<string>("TEXT-OR-FILE") { Description = "The scanned text, or a file that holds it." };
        var root = new Option<FileInfo>("--root") { Description = "The root keys (JSON of trust_roots), kept from a trusted moment.", Required = true };
        var trust = new Option<string>("--trust") { Description = "The trust list: a file or a URL.", Required = true };
        var status = new Option<string?>("--status") { Description = "Status lists: a folder of them (any file names), or an issuer's base URL. Without it nothing passes." };
        var at = new Option<DateTimeOffset?>("--at")
        {
            Description = "Judge as of this time (ISO 8601, or seconds since 1970) instead of now.",
            CustomParser = result =>
            {
                if (CommandTime.TryParse(result.Tokens.Single().Value, out var time))
                {
                    return time;
                }

                result.AddError($"'{result.Tokens.Single().Value}' is no time: write 2026-11-24T12:00:00Z or seconds since 1970.");
                return null;
            },
        };
        var json = new Option<bool>("--json") { Description = "Answer as one JSON object." };
        var command = new Command("verify", "Judge a code text. Exit 0 passed, 1 failed, 2 indeterminate, 64 usage.") { text, root, trust, status, at, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = result.InvocationConfiguration;
            try
            {
                var verdict = await JudgeAsync(
                    await ReadTextAsync(result.GetValue(text)!, cancellationToken),
                    result.GetValue(root)!,
                    result.GetValue(trust)!,
                    result.GetValue(status),
                    result.GetValue(at),
                    configuration.Error,
                    cancellationToken);
                configuration.Output.WriteLine(result.GetValue(json) ? VerdictText.Json(verdict).ToJsonString(VerdictText.Layout) : VerdictText.Words(verdict));
                return VerdictText.ExitCode(verdict);
            }
            catch (UsageException e)
            {
                await configuration.Error.WriteLineAsync(e.Message);
                return ExitCodes.Usage;
            }
        });
        return command;
    }

    private static async Task<Verdict> JudgeAsync(
        string text, FileInfo root, string trust, string? status, DateTimeOffset? at, TextWriter notes, CancellationToken cancellationToken)
    {
        if (!TrustRoots.TryParseJson(System.Text.Encoding.UTF8.GetString(await ReadFileAsync(root.FullName, 64 * 1024, cancellationToken)), Sm2.AndEs256, out var roots))
        {
            throw new UsageException($"{root} holds no root keys: a JWK Set of P-256 or SM2 keys with a threshold.");
        }

        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        var options = new CodeVerifierOptions
        {
            TrustListUri = IsUrl(trust) ? new Uri(trust) : null,
            FetchStatusLists = status is not null && IsUrl(status),
            StatusMirror = status is not null && IsUrl(status) ? await StatusTemplateAsync(http, status, notes, cancellationToken) : null,
        };
        var verifier = new CodeVerifier(roots, options, http, at is { } time ? new FixedClock(time) : TimeProvider.System);
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

        if (status is not null && !IsUrl(status))
        {
            await TakeFolderAsync(verifier, status, cancellationToken);
        }

        return await verifier.VerifyAsync(text, cancellationToken);
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

    private static async Task<string> ReadTextAsync(string textOrFile, CancellationToken cancellationToken)
    {
        if (textOrFile.StartsWith(CodeText.Prefix, StringComparison.Ordinal) || IsUrl(textOrFile) || !File.Exists(textOrFile))
        {
            return textOrFile;
        }

        // An editor ends a file with a line end; a scanner's text has none.
        return System.Text.Encoding.UTF8.GetString(await ReadFileAsync(textOrFile, 64 * 1024, cancellationToken)).TrimEnd('\r', '\n');
    }

    private static async Task<byte[]> ReadFileAsync(string file, int limit, CancellationToken cancellationToken)
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

    private static bool IsUrl(string text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
