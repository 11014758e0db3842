using System.Globalization;
using OneCode;
using OneCode.Sm;

namespace Identity.Server.Trust;

/// <summary>
/// <c>sign-trust-list</c>: the root keys' ceremony, on a machine of their own. It reads the public halves of the purpose keys and
/// as many root keys as are present, and writes <c>trust-roots.json</c> and <c>trust-list.cose</c> for the server. It starts no server.
/// </summary>
internal static class SignTrustList
{
    public const string Usage = """
        sign-trust-list --keys DIR --roots DIR --login URL [--out DIR] [--region 34] [--threshold N] [--days 730] [--life 30] [--withdraw KID]
          --keys       person*.pem, enterprise*.pem, vehicle*.pem, status*.pem: public keys are enough.
          --roots      root-*.key.pem: the root keys that sign now; root-*.pub.pem: those that only belong to the set.
          --out        where trust-roots.json and trust-list.cose are, and go; without it, --keys.
          --login      the login origin; status lists are found under it.
          --threshold  of a new root set: how many must sign; without it, one less than there are. A set that trust-roots.json holds keeps its own.
          --days       how long a key that is new to the list may sign.
          --life       days until the list itself expires; verifiers look for a newer one every 24 hours.
          --withdraw   sixteen hexadecimal digits: nothing that this key ever signed counts any more.
          Other regions' keys and levels in the list stay as they are: onecode trust admit and levels change them.
        """;

    private static readonly (KeyPurpose Purpose, string Name)[] Names =
        [(KeyPurpose.Person, "person"), (KeyPurpose.Enterprise, "enterprise"), (KeyPurpose.Vehicle, "vehicle"), (KeyPurpose.StatusList, "status")];

    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        var line = new ConfigurationBuilder().AddCommandLine(args).Build();
        if (line["keys"] is not { } keys || line["roots"] is not { } roots || !Uri.TryCreate(line["login"], UriKind.Absolute, out var login)
            || !Directory.Exists(keys) || !Directory.Exists(roots))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 64;
        }

        var signers = Read(roots, "root*.key.pem").Select(pem => OwnKey.TryRead(pem, out var key) ? key : throw new FormatException("A root key's file is not a private key of P-256 or SM2.")).ToList();
        var members = signers.Select(signer => signer.PublicKey).Concat(Read(roots, "root*.pub.pem").Select(OwnKey.ReadPublic)).DistinctBy(key => key.KeyId).ToList();
        var @out = line["out"] ?? keys;
        Directory.CreateDirectory(@out);
        var rootsFile = Path.Combine(@out, "trust-roots.json");
        var listFile = Path.Combine(@out, "trust-list.cose");
        var known = File.Exists(rootsFile) ? TrustRoots.ParseJson(await File.ReadAllTextAsync(rootsFile), Sm2.AndEs256) : null;
        // Those present may be a part of the known set; a root that is not in it makes a new set.
        var set = known is not null && members.All(member => known.Keys.Contains(member))
            ? known
            : new TrustRoots(members, Number(line["threshold"]) ?? Math.Max(1, members.Count - 1), Sm2.AndEs256);
        TrustList? held = null;
        if (File.Exists(listFile) && known is not null && !TrustListToken.TryVerify(await File.ReadAllBytesAsync(listFile), known, null, out held, out var damaged))
        {
            await Console.Error.WriteLineAsync($"{listFile} is there and is refused: {damaged}. Its version and its keys' periods would be lost; put the right file back or remove it.");
            return 1;
        }

        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var entries = Entries(keys, held, line, login, now).ToList();
        if (Names.FirstOrDefault(name => entries.All(entry => entry.Purpose != name.Purpose)) is { Name: { } missing })
        {
            await Console.Error.WriteLineAsync($"{keys} has no {missing}*.pem.");
            return 1;
        }

        var content = new TrustListContent
        {
            Publisher = line["region"] ?? "34",
            Version = Math.Max(now.ToUnixTimeSeconds(), (held?.Content.Version ?? 0) + 1),
            IssuedAt = now,
            TimeToLive = TimeSpan.FromHours(24),
            ExpiresAt = now + TimeSpan.FromDays(Number(line["life"]) ?? 30),
            Keys = entries,
            // Other regions are onecode trust's affair (admit, levels); here they only must not get lost.
            Levels = held?.Content.Levels ?? [],
        };
        var signed = await TrustListToken.Prepare(content).CompleteAsync([.. signers]);
        if (!TrustListToken.TryVerify(signed, set, null, out _, out var rejection))
        {
            await Console.Error.WriteLineAsync($"{signers.Count} of {set.Threshold} roots have signed: {rejection}. Nothing was written.");
            return 1;
        }

        await File.WriteAllTextAsync(rootsFile, set.ToJson());
        await File.WriteAllBytesAsync(listFile + ".new", signed);
        File.Move(listFile + ".new", listFile, overwrite: true);
        Console.WriteLine($"Version {content.Version}, {entries.Count} keys, signed by {signers.Count} of {set.Keys.Count} roots ({set.Threshold} must). Expires {content.ExpiresAt:yyyy-MM-dd}.");
        return 0;
    }

    private static IEnumerable<TrustedKey> Entries(string folder, TrustList? held, IConfiguration line, Uri login, DateTimeOffset now)
    {
        var region = line["region"] ?? "34";
        var template = login.GetLeftPart(UriPartial.Authority) + "/status/" + TrustedKey.ListPlaceholder;
        foreach (var (purpose, name) in Names)
        {
            var before = held?.Content.Keys.Where(entry => entry.Issuer == region && entry.Purpose == purpose).ToList() ?? [];
            var present = Read(folder, name + "*.pem").Select(OwnKey.ReadPublic).DistinctBy(key => key.KeyId).ToList();
            foreach (var key in present)
            {
                var known = before.FirstOrDefault(entry => entry.PublicKey.Equals(key));
                // A successor is announced a ttl before it signs: no verifier meets a code whose key it has not heard of.
                var from = known?.From ?? (before.Count > 0 ? now + TimeSpan.FromHours(25) : now - TimeSpan.FromHours(1));
                yield return new TrustedKey
                {
                    PublicKey = key,
                    Issuer = region,
                    Purpose = purpose,
                    From = from,
                    Until = known?.Until ?? from + TimeSpan.FromDays(Number(line["days"]) ?? 730),
                    StatusUriTemplate = purpose == KeyPurpose.StatusList ? null : template,
                    StatusFloor = known?.StatusFloor,
                    WithdrawnSince = known?.WithdrawnSince ?? (line["withdraw"] == key.KeyId.ToString() ? now : null),
                };
            }

            // A key whose file is gone stays: what it signed may live for years. Only --withdraw ends it.
            foreach (var gone in before.Where(entry => !present.Contains(entry.PublicKey)))
            {
                yield return Kept(gone);
            }
        }

        foreach (var foreign in held?.Content.Keys.Where(entry => entry.Issuer != region) ?? [])
        {
            yield return Kept(foreign);
        }

        TrustedKey Kept(TrustedKey entry) => line["withdraw"] == entry.PublicKey.KeyId.ToString() ? entry with { WithdrawnSince = entry.WithdrawnSince ?? now } : entry;
    }

    private static IEnumerable<string> Read(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).Select(File.ReadAllText);

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
