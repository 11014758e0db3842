using System.CommandLine;
using OneCode.Json;

namespace OneCode.Cli;

/// <summary><c>onecode verify</c>: a verdict and an exit code, from nothing but files if need be.</summary>
internal static class VerifyCommand
{
    private const int LargestText = 64 * 1024;

    public static Command Create()
    {
        var text = new Argument<string>("TEXT-OR-FILE") { Description = "The scanned text, or a file that holds it." };
        var root = new Option<FileInfo>("--root") { Description = "The root keys (JSON of trust_roots), kept from a trusted moment.", Required = true };
        var trust = new Option<string>("--trust") { Description = "The trust list: a file or a URL.", Required = true };
        var changes = new Option<string?>("--root-changes") { Description = "Changes of root keys: a file or a URL. Without it they are looked for where the trust list's site says." };
        var status = new Option<string?>("--status") { Description = "Status lists: a folder of them (any file names), or an issuer's base URL. Without it nothing passes." };
        var at = CommandTime.Option("--at", "Judge as of this time (ISO 8601, or seconds since 1970) instead of now.");
        var json = new Option<bool>("--json") { Description = "Answer as one JSON object." };
        var distinct = new Option<bool>("--distinct") { Description = "Exit with a code of its own for each answer: 0 valid, 3 revoked, 4 suspended, 5 stale, 6 not covered, 1 otherwise failed, 2 otherwise indeterminate." };
        var command = new Command("verify", "Judge a code text. Exit 0 passed, 1 failed, 2 indeterminate, 64 usage.") { text, root, trust, changes, status, at, json, distinct };
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = result.InvocationConfiguration;
            try
            {
                var verdict = await JudgeAsync(
                    await ReadTextAsync(result.GetValue(text)!, cancellationToken),
                    new VerifierSetup(
                        result.GetValue(root)!,
                        result.GetValue(trust)!,
                        result.GetValue(status),
                        CacheFolder: null,
                        result.GetValue(at) is { } time ? new FixedClock(time) : TimeProvider.System,
                        FetchUnnamed: false,
                        result.GetValue(changes)),
                    configuration.Error,
                    cancellationToken);
                configuration.Output.WriteLine(result.GetValue(json) ? JsonText.OneLine(VerdictJson.Of(verdict)) : VerdictText.Words(verdict));
                return result.GetValue(distinct) ? VerdictText.DistinctExitCode(verdict) : VerdictText.ExitCode(verdict);
            }
            catch (UsageException e)
            {
                await configuration.Error.WriteLineAsync(e.Message);
                return ExitCodes.Usage;
            }
        });
        return command;
    }

    private static async Task<Verdict> JudgeAsync(string text, VerifierSetup setup, TextWriter notes, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        var verifier = await VerifierSetup.CreateAsync(setup, http, notes, cancellationToken);
        return await verifier.VerifyAsync(text, cancellationToken);
    }

    private static async Task<string> ReadTextAsync(string textOrFile, CancellationToken cancellationToken)
    {
        if (textOrFile.StartsWith(CodeText.Prefix, StringComparison.Ordinal) || VerifierSetup.IsUrl(textOrFile) || !File.Exists(textOrFile))
        {
            return textOrFile;
        }

        // An editor ends a file with a line end; a scanner's text has none.
        return System.Text.Encoding.UTF8.GetString(await VerifierSetup.ReadFileAsync(textOrFile, LargestText, cancellationToken)).TrimEnd('\r', '\n');
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
