using System.CommandLine;
using OneCode.Json;
using OneCode.Verifier;

namespace OneCode.Cli;

/// <summary><c>onecode gate</c>: scanned lines in, one JSON answer a line out. The program behind a turnstile: it needs no network, only what it has kept.</summary>
internal static class GateCommand
{
    public static Command Create()
    {
        var root = new Option<FileInfo>("--root") { Description = "The root keys (JSON of trust_roots), kept from a trusted moment.", Required = true };
        var trust = new Option<string>("--trust") { Description = "The trust list: a file or a URL.", Required = true };
        var changes = new Option<string?>("--root-changes") { Description = "Changes of root keys: a file or a URL. Without it they are looked for where the trust list's site says." };
        var status = new Option<string?>("--status") { Description = "Status lists: a folder of them, or an issuer's base URL. Without it they are fetched from where the trust list says." };
        var cache = new Option<DirectoryInfo>("--cache") { Description = "A folder of this gate's own, for what was fetched: a restart without network goes on with it.", Required = true };
        var device = new Option<FileInfo?>("--device") { Description = "A serial device that scanned texts come from, such as /dev/ttyACM0; without it standard input." };
        var wait = new Option<double>("--wait") { Description = "Seconds that a scan may wait for a list that is missing; 0 answers at once and fetches meanwhile.", DefaultValueFactory = _ => 2 };
        var compact = new Option<string[]>("--compact") { Description = "Hold compact status too, as the trust list's site offers it: a whole country in some 40 MB, then what a day changed. All series, or those whose names begin so: pm em vm, pd for persons' phones.", Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true };
        var command = new Command("gate", "Judge each scanned line; answer each with one line of JSON. Ends with its input.") { root, trust, changes, status, compact, cache, device, wait };
        command.SetAction(async (result, cancellationToken) =>
        {
            var configuration = result.InvocationConfiguration;
            try
            {
                using var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(20) };
                var verifier = await VerifierSetup.CreateAsync(
                    new VerifierSetup(result.GetValue(root)!, result.GetValue(trust)!, result.GetValue(status), result.GetValue(cache)!.FullName, TimeProvider.System, FetchUnnamed: true, result.GetValue(changes),
                        result.GetResult(compact) is null ? null : result.GetValue(compact)),
                    http, configuration.Error, cancellationToken);
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var refreshing = verifier.RunAsync(ending.Token);
                var patience = TimeSpan.FromSeconds(Math.Clamp(result.GetValue(wait), 0, 60));
                await foreach (var line in LinesAsync(result.GetValue(device), configuration.Error, ending.Token))
                {
                    await configuration.Output.WriteLineAsync(Line(await JudgeAsync(verifier, line, patience, ending.Token)));
                    await configuration.Output.FlushAsync(ending.Token);
                }

                await ending.CancelAsync();
                await EndOfAsync(refreshing);
                return ExitCodes.Passed;
            }
            catch (UsageException e)
            {
                await configuration.Error.WriteLineAsync(e.Message);
                return ExitCodes.Usage;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Told to stop: that is how a turnstile's program ends.
                return ExitCodes.Passed;
            }
        });
        return command;
    }

    private static IAsyncEnumerable<string> LinesAsync(FileInfo? device, TextWriter notes, CancellationToken cancellationToken) => device is null
        ? ScannedLines.ReadAsync(Console.OpenStandardInput(), cancellationToken)
        : SerialDevice.ReadAsync(device.FullName, notes, cancellationToken);

    private static async Task<Judgement> JudgeAsync(CodeVerifier verifier, string text, TimeSpan patience, CancellationToken cancellationToken)
    {
        var judging = verifier.JudgeAsync(text, cancellationToken).AsTask();
        try
        {
            // A person stands there: whoever cannot have the list in time gets the answer that is true without it, and the download goes on.
            return await judging.WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            return verifier.Judge(text);
        }
    }

    private static string Line(Judgement judged) => JsonText.OneLine(VerdictJson.Of(judged.Verdict, judged.At, judged.StatusAge, judged.TrustAge));

    private static async Task EndOfAsync(Task refreshing)
    {
        try
        {
            await refreshing;
        }
        catch (OperationCanceledException)
        {
            // As told.
        }
    }
}
