using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OneCode;
using OneCode.Cli.Vectors;
using SharpFuzz;

namespace Mutants;

/// <summary>
/// Guided by coverage: AFL++ changes inputs and keeps those that reach code which none reached before, SharpFuzz tells it which code that was. What it kept
/// is then judged by all three verifiers. The first byte of an input says what the rest is: a text, bytes for a text, a trust list, a status list.
/// </summary>
internal static class Guided
{
    private static OfflineVerifier? verifier;

    /// <summary>What AFL++ runs. Nothing of OneCode may be touched before SharpFuzz has its memory, so the world is made at the first input.</summary>
    public static void Target() => Fuzzer.OutOfProcess.Run(stream =>
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        Judge(copy.ToArray());
    });

    /// <summary>Every text and list of the vectors, for a start.</summary>
    public static void WriteSeeds(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Repository.Vectors, "*.json"))
        {
            var vector = JsonNode.Parse(File.ReadAllText(file))!;
            var text = vector["text"]!.GetValue<string>();
            Write("c", Encoding.UTF8.GetBytes(text));
            if (vector["bytes"] is { } bytes)
            {
                Write("b", Convert.FromHexString(bytes.GetValue<string>()));
            }

            foreach (var (kind, lists) in new[] { ("t", vector["trustLists"]!), ("s", vector["statusLists"]!) })
            {
                foreach (var list in lists.AsArray())
                {
                    Write(kind, Convert.FromHexString(list!.GetValue<string>()));
                }
            }
        }

        // Named by its content, so that what stands in many vectors is one seed.
        void Write(string kind, byte[] content)
        {
            if (content.Length == 0)
            {
                // AFL++ refuses a seed that reaches nothing.
                return;
            }

            byte[] whole = [(byte)kind[0], .. content];
            File.WriteAllBytes(Path.Combine(folder, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(whole))[..24]), whole);
        }
    }

    /// <summary>The inputs of a folder as lines for the judges.</summary>
    public static List<Mutant> Read(string folder)
    {
        var now = World.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return [new Mutant(Mutator.PlainWorld, () => true), .. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(input => input.Length > 1).Select(Line)];

        Mutant Line(byte[] input) => input[0] switch
        {
            // A pass is no forgery here: the seeds are good codes.
            (byte)'t' => new($"trust {Convert.ToHexStringLower(input[1..])}", () => true),
            (byte)'s' => new($"status {Convert.ToHexStringLower(input[1..])}", () => true),
            _ => new($"code {now} {Convert.ToHexStringLower(Encoding.UTF8.GetBytes(TextOf(input)))}", () => true),
        };
    }

    private static void Judge(byte[] input)
    {
        verifier ??= Holding();
        if (input.Length < 2)
        {
            return;
        }

        switch (input[0])
        {
            case (byte)'t':
                _ = TrustListToken.TryVerify(input.AsSpan(1), World.Roots, null, out _, out _);
                break;
            case (byte)'s':
                _ = StatusListToken.TryVerify(input.AsSpan(1), verifier.Trust!, null, out _, out _);
                break;
            default:
                _ = verifier.Verify(TextOf(input), World.Now);
                break;
        }
    }

    private static string TextOf(byte[] input) => input[0] == (byte)'b' ? CodeText.Encode(input.AsSpan(1)) : Encoding.UTF8.GetString(input.AsSpan(1));

    private static OfflineVerifier Holding()
    {
        var holding = new OfflineVerifier(World.Roots);
        _ = holding.TakeTrustList(World.Trust);
        foreach (var list in World.StatusLists)
        {
            _ = holding.TakeStatusList(list);
        }

        return holding;
    }
}
