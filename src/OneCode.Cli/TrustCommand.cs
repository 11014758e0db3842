using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using OneCode.Json;
using OneCode.Sm;

namespace OneCode.Cli;

/// <summary>
/// <c>onecode trust</c>: what those who keep the root keys do with them, on a machine without a server. Each command makes a new signed list
/// out of the one that is there; the killed key itself is not needed, nor anything of the server's.
/// </summary>
internal static class TrustCommand
{
    public static Command Create() => new("trust", "Withdraw a key, raise a floor, admit another region, hand over to new roots. Needs root key files.")
    {
        Kill(), Floor(), Admit(), Levels(), Sign(), Rotate(),
    };

    private static Command Kill()
    {
        var files = new Files();
        var kid = new Option<string>("--kid") { Description = "The key's 16 hexadecimal digits (onecode inspect of any of its codes).", Required = true };
        var command = new Command("kill", "Nothing that this key ever signed counts from now on. Everything else goes on.") { kid };
        return files.On(command, (result, list, now) => Change(list, KeyIdOf(result.GetValue(kid)!), key => key with { WithdrawnSince = key.WithdrawnSince ?? now }));
    }

    private static Command Floor()
    {
        var files = new Files();
        var kid = new Option<string>("--kid") { Description = "A key that signs codes.", Required = true };
        var command = new Command("floor", "Status lists from before now give no clean answer about this key's codes: against old lists played back.") { kid };
        return files.On(command, (result, list, now) => Change(list, KeyIdOf(result.GetValue(kid)!), key =>
            key.Purpose == KeyPurpose.StatusList ? throw new UsageException("That key signs status lists; a floor belongs to a key that signs codes.") : key with { StatusFloor = now }));
    }

    private static Command Admit()
    {
        var files = new Files();
        var other = new Option<FileInfo>("--other") { Description = "The other region's trust list.", Required = true };
        var otherRoot = new Option<FileInfo>("--other-root") { Description = "The other region's root keys, brought by hand.", Required = true };
        var command = new Command("admit", "Take the keys of another region's list in, or bring them up to date, as that region signed them.") { other, otherRoot };
        return files.On(command, (result, list, _) =>
        {
            var theirs = List(result.GetValue(other)!, Roots(result.GetValue(otherRoot)!));
            var region = theirs.Publisher;
            if (region == list.Publisher)
            {
                throw new UsageException($"{region} is this list's own region.");
            }

            // Of a list only its publisher's own keys are taken: nobody speaks for a third region.
            var admitted = theirs.Keys.Where(key => key.Issuer == region).ToList();
            var known = list.Keys.Where(key => key.Issuer == region).ToList();
            // What was withdrawn here stays so, whatever the other region says now.
            return list with
            {
                Keys =
                [
                    .. list.Keys.Where(key => key.Issuer != region),
                    .. admitted.Select(key => known.Find(before => before.PublicKey.Equals(key.PublicKey)) is { WithdrawnSince: { } since } ? key with { WithdrawnSince = key.WithdrawnSince ?? since } : key),
                    .. known.Where(key => key.WithdrawnSince is not null && !admitted.Exists(other => other.PublicKey.Equals(key.PublicKey))),
                ],
            };
        });
    }

    private static Command Levels()
    {
        var files = new Files();
        var region = new Option<string>("--region") { Description = "The other region.", Required = true };
        var counts = new Option<string?>("--as") { Description = "What its levels 1, 2, 3 and 4 count for here, for example 0,1,3,4. Without it the region's row goes, and its levels count as they say." };
        var command = new Command("levels", "Say what another region's levels count for here (SPEC 7.5).") { region, counts };
        return files.On(command, (result, list, _) =>
        {
            var others = list.Levels.Where(row => row.Issuer != result.GetValue(region)!);
            return result.GetValue(counts) is { } text ? list with { Levels = [.. others, Row(result.GetValue(region)!, text)] } : list with { Levels = [.. others] };
        });
    }

    // The same words again: dated anew, or with the signatures of more roots than before, also of roots to come.
    private static Command Sign()
    {
        var files = new Files();
        return files.On(new Command("sign", "Sign the list anew, by the keys given: of ES256 or SM2, of roots or of roots to come."), (_, list, _) => list);
    }

    private static Command Rotate()
    {
        var root = new Option<FileInfo>("--root") { Description = "The root keys so far (JSON).", Required = true };
        var next = new Option<FileInfo>("--new") { Description = "The new root keys (JSON); it is given the next version.", Required = true };
        var keys = new Option<FileInfo[]>("--key") { Description = "Private root keys (PEM), old and new: a threshold of each.", Required = true, AllowMultipleArgumentsPerToken = true };
        var @out = new Option<FileInfo>("--out") { Description = "The change of roots, for verifiers that hold the old ones.", Required = true };
        var command = new Command("rotate", "Hand over to a new set of root keys.") { root, next, keys, @out };
        command.SetAction((result, cancellationToken) => RunAsync(result, async () =>
        {
            var (before, file) = (Roots(result.GetValue(root)!), result.GetValue(next)!);
            var after = new TrustRoots(Roots(file).Keys, Roots(file).Threshold, Sm2.AndEs256) { Version = before.Version + 1 };
            var signers = Signers(result.GetValue(keys)!);
            var signed = await TrustRootsToken.Prepare(after).CompleteAsync(signers, cancellationToken);
            if (!TrustRootsToken.TryVerify(signed, before, out _, out var rejection))
            {
                throw new UsageException($"With these {signers.Count} keys it would be refused: {rejection}. {before.Threshold} of the old roots and {after.Threshold} of the new ones must sign. Nothing was written.");
            }

            Write(result.GetValue(@out)!, signed);
            Write(file, Encoding.UTF8.GetBytes(after.ToJson()));
            return $"Roots {after.Version}: {after.Keys.Count} keys, {after.Threshold} must sign. Verifiers that hold the old roots take {result.GetValue(@out)!.Name}; new ones are given {file.Name}.";
        }));
        return command;
    }

    private static TrustListContent Change(TrustListContent list, KeyId keyId, Func<TrustedKey, TrustedKey> change)
    {
        // A kid is a hint: should two keys share it, both are meant.
        return list.Keys.Any(key => key.PublicKey.KeyId == keyId)
            ? list with { Keys = [.. list.Keys.Select(key => key.PublicKey.KeyId == keyId ? change(key) : key)] }
            : throw new UsageException($"The list has no key {keyId}. It has: {string.Join(", ", list.Keys.Select(key => $"{key.PublicKey.KeyId} ({key.Issuer} {key.Purpose})"))}");
    }

    private static async Task<int> RunAsync(ParseResult result, Func<Task<string>> work)
    {
        try
        {
            result.InvocationConfiguration.Output.WriteLine(await work());
            return ExitCodes.Passed;
        }
        catch (Exception e) when (e is UsageException or IOException or UnauthorizedAccessException or ArgumentException or CryptographicException or FormatException)
        {
            // What a person typed or a file holds: said, and nothing written.
            await result.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return ExitCodes.Usage;
        }
    }

    private static LevelMapping Row(string region, string text) =>
        LevelMapping.TryParse(region, text, out var row) ? row : throw new UsageException($"'{text}' is not four levels of 0 to 4, none less than the one before.");

    private static KeyId KeyIdOf(string text) => KeyId.TryParse(text, out var keyId) ? keyId : throw new UsageException($"'{text}' is no key id: sixteen hexadecimal digits.");

    private static TrustRoots Roots(FileInfo file) =>
        TrustRoots.TryParseJson(File.ReadAllText(file.FullName), Sm2.AndEs256, out var roots) ? roots : throw new UsageException($"{file} holds no root keys: a JWK Set with a threshold.");

    private static TrustListContent List(FileInfo file, TrustRoots roots) =>
        TrustListToken.TryVerify(File.ReadAllBytes(file.FullName), roots, null, out var list, out var rejection) ? list.Content : throw new UsageException($"{file} is refused: {rejection}.");

    private static List<ISigner> Signers(FileInfo[] files) => [.. files.Select(file => Signer(File.ReadAllText(file.FullName)))];

    // The file decides the algorithm: a second signature in SM2 is a key file more.
    private static ISigner Signer(string pem)
    {
        if (Sm2Keys.TryReadPrivatePem(pem, out var sm2))
        {
            return new Sm2Signer(sm2);
        }

        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return new SoftwareSigner(key);
    }

    // Beside its place and moved there: a crash leaves the old one or the new one.
    private static void Write(FileInfo file, byte[] bytes)
    {
        var beside = file.FullName + ".new";
        File.WriteAllBytes(beside, bytes);
        File.Move(beside, file.FullName, overwrite: true);
    }

    /// <summary>What every change of a list needs, and what becomes of it.</summary>
    private sealed class Files
    {
        private readonly Option<FileInfo> list = new("--list") { Description = "The trust list in force.", Required = true };
        private readonly Option<FileInfo> root = new("--root") { Description = "The root keys (JSON).", Required = true };
        private readonly Option<FileInfo[]> keys = new("--key") { Description = "Private root keys (PEM), as many as must sign.", Required = true, AllowMultipleArgumentsPerToken = true };
        private readonly Option<DateTimeOffset?> at = CommandTime.Option("--at", "Date the list so instead of now (ISO 8601, or seconds since 1970).");
        private readonly Option<FileInfo?> @out = new("--out") { Description = "Where the new list goes; without it, in the old one's place." };

        public Command On(Command command, Func<ParseResult, TrustListContent, DateTimeOffset, TrustListContent> change)
        {
            foreach (var option in new Option[] { list, root, keys, at, @out })
            {
                command.Options.Add(option);
            }

            command.SetAction((result, cancellationToken) => RunAsync(result, async () =>
            {
                var roots = Roots(result.GetValue(root)!);
                var before = List(result.GetValue(list)!, roots);
                var now = DateTimeOffset.FromUnixTimeSeconds((result.GetValue(at) ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds());
                var content = change(result, before, now) with
                {
                    Version = Math.Max(now.ToUnixTimeSeconds(), before.Version + 1),
                    IssuedAt = now,
                    ExpiresAt = now + (before.ExpiresAt - before.IssuedAt),
                };
                var signers = Signers(result.GetValue(keys)!);
                var signed = await TrustListToken.Prepare(content).CompleteAsync(signers, cancellationToken);
                if (!TrustListToken.TryVerify(signed, roots, null, out _, out var rejection))
                {
                    throw new UsageException($"With these {signers.Count} keys it would be refused: {rejection}. {roots.Threshold} roots must sign. Nothing was written.");
                }

                var place = result.GetValue(@out) ?? result.GetValue(list)!;
                Write(place, signed);
                return $"Version {content.Version}, {content.Keys.Count} keys of {string.Join(", ", content.Keys.Select(key => key.Issuer).Distinct())}, {content.Keys.Count(key => key.WithdrawnSince is not null)} withdrawn, expires {ClaimsJson.Time(content.ExpiresAt)}: {place.Name}. Verifiers have it within their ttl, {content.TimeToLive.TotalHours:0.#} h.";
            }));
            return command;
        }
    }
}
