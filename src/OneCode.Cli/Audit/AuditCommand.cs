using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using OneCode.Json;

namespace OneCode.Cli.Audit;

/// <summary><c>onecode audit verify</c>: whether an exported audit log is the one that was signed, from nothing but files.</summary>
internal static class AuditCommand
{
    private const int ProgressEvery = 100_000;

    public static Command Create() => new("audit", "Check audit logs.") { CreateVerify() };

    private static Command CreateVerify()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The log as the console exports it (JSON lines)." };
        var key = new Option<FileInfo>("--key") { Description = "The public half of the audit key (PEM), kept from a trusted moment.", Required = true };
        var kept = new Option<FileInfo?>("--checkpoints") { Description = "Checkpoints that were kept elsewhere (JSON lines). Without them a log that was cut short with its own checkpoints passes." };
        var json = new Option<bool>("--json") { Description = "Answer as one JSON object." };
        var command = new Command("verify", "Find what was changed, removed, added, moved or cut. Exit 0 nothing, 1 findings, 2 no checkpoint to hold the log against, 64 usage.") { file, key, kept, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            var output = result.InvocationConfiguration;
            try
            {
                using var auditKey = await ReadKeyAsync(result.GetValue(key)!, cancellationToken);
                var log = new AuditLog();
                if (result.GetValue(kept) is { } checkpoints)
                {
                    await foreach (var line in ReadAsync(checkpoints, cancellationToken))
                    {
                        log.Add(line as Checkpoint ?? throw new UsageException($"{checkpoints} holds something else than checkpoints."), auditKey);
                    }
                }

                await FollowAsync(log, result.GetValue(file)!, auditKey, output.Error, cancellationToken);
                var findings = log.Finish();
                await output.Output.WriteLineAsync(result.GetValue(json) ? Json(log, findings) : Words(log, findings));
                return findings.Count > 0 ? ExitCodes.Failed : log.CheckedUntil is null ? ExitCodes.Indeterminate : ExitCodes.Passed;
            }
            catch (UsageException exception)
            {
                await output.Error.WriteLineAsync(exception.Message);
                return ExitCodes.Usage;
            }
        });
        return command;
    }

    private static async Task FollowAsync(AuditLog log, FileInfo file, ECDsa key, TextWriter progress, CancellationToken cancellationToken)
    {
        await foreach (var line in ReadAsync(file, cancellationToken))
        {
            switch (line)
            {
                case Checkpoint checkpoint when log.Size == 0:
                    log.Add(checkpoint, key);
                    break;
                case AuditLine place:
                    log.Add(place);
                    break;
                default:
                    throw new UsageException($"{file} has a checkpoint after the first place; they come first.");
            }

            if (log.Size % ProgressEvery == 0 && log.Size > 0)
            {
                await progress.WriteLineAsync($"{log.Size} places");
            }
        }
    }

    private static async IAsyncEnumerable<object> ReadAsync(FileInfo file, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = Open(file);
        for (var number = 1L; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            yield return AuditLines.Parse(line, number);
        }
    }

    private static StreamReader Open(FileInfo file)
    {
        try
        {
            return new StreamReader(file.FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static async Task<ECDsa> ReadKeyAsync(FileInfo file, CancellationToken cancellationToken)
    {
        using var reader = Open(file);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(await reader.ReadToEndAsync(cancellationToken));
            _ = PublicKey.From(key);
            return key;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new UsageException($"{file} holds no P-256 key in PEM.");
        }
    }

    private static string Words(AuditLog log, IReadOnlyList<AuditFinding> findings)
    {
        var until = log.CheckedUntil is { } at ? $"signed until {DateTimeOffset.FromUnixTimeSeconds(at):yyyy-MM-dd HH:mm:ss}Z" : "no checkpoint: cut or rewritten would not show";
        return string.Join(Environment.NewLine, [
            .. findings.Select(finding => $"{finding.Kind} at {finding.Place?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"}: {finding.Text}"),
            $"{log.Size} places, {findings.Count} findings, {until}"]);
    }

    private static string Json(AuditLog log, IReadOnlyList<AuditFinding> findings) => JsonText.OneLine(new JsonObject
    {
        ["places"] = log.Size,
        ["signedUntil"] = log.CheckedUntil,
        ["findings"] = new JsonArray([.. findings.Select(finding => new JsonObject { ["kind"] = finding.Kind, ["place"] = finding.Place, ["text"] = finding.Text })]),
    });
}
