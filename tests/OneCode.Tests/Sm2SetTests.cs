using System.Diagnostics;
using System.Formats.Asn1;
using System.Text.Json.Nodes;
using OneCode.Cli.Vectors;
using OneCode.Sm;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace OneCode.Tests;

/// <summary>The adversarial SM2 set against both backends, and against the openssl command, which neither we nor our libraries wrote.</summary>
public sealed class Sm2SetTests : IDisposable
{
    private static readonly Sm2Backend[] Backends = [new OpenSslSm2(), new BouncySm2()];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-sm2-set-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Each_signature_gets_its_answer_from_both_backends()
    {
        var wrong = new List<string>();
        foreach (var test in Tests(Sm2Set.File, "Sm2Verify"))
        {
            foreach (var backend in Backends)
            {
                if (backend.Import(test.X, test.Y).HasSigned(test.Bytes("msg"), test.Bytes("sig")) != test.IsValid)
                {
                    wrong.Add($"{backend.GetType().Name} {test}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Each_digest_gets_its_answer_from_both_libraries()
    {
        var wrong = new List<string>();
        foreach (var test in Tests(Sm2Set.File, "Sm2VerifyDigest"))
        {
            if (ByLibcrypto(test) != test.IsValid)
            {
                wrong.Add($"libcrypto {test}");
            }

            if (ByBouncyCastle(test) != test.IsValid)
            {
                wrong.Add($"BouncyCastle {test}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task The_openssl_command_gives_the_same_answers()
    {
        var wrong = new List<string>();
        var (asked, keys) = (0, 0);
        foreach (var group in Tests(Sm2Set.File, "Sm2Verify").Concat(Tests(Sm2Set.File, "Sm2VerifyDigest")).GroupBy(test => Convert.ToHexString([.. test.X, .. test.Y])))
        {
            var pem = $"key-{keys++}.pem";
            Assert.True(PublicKey.TryCreate(Sm2.Algorithm, group.First().X, group.First().Y, out var key));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, pem), Sm2Keys.WritePublicPem(key), Cancellation);

            // The command takes DER alone, so what is wrong about our own encoding is not for it to judge.
            foreach (var test in group.Where(test => test.Bytes("sig").Length == 64))
            {
                var ofDigest = test.Json["digest"] is not null;
                await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "input"), test.Bytes(ofDigest ? "digest" : "msg"), Cancellation);
                await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "sig"), Der(test.Bytes("sig")), Cancellation);
                string[] how = ofDigest ? [] : ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"];
                var answer = await OpensslAsync(["pkeyutl", "-verify", "-pubin", "-inkey", pem, .. how, "-in", "input", "-sigfile", "sig"]);
                Assert.Contains("Verif", answer, StringComparison.Ordinal);
                if (answer.Contains("Successfully", StringComparison.Ordinal) != test.IsValid)
                {
                    wrong.Add($"openssl: {test}: {answer.Trim()}");
                }

                asked++;
            }
        }

        Assert.Empty(wrong);
        Assert.True(asked >= 100);
    }

    [Fact]
    public void Each_key_gets_its_answer()
    {
        var wrong = Tests(Sm2KeySet.File, "Sm2Point").Where(test => PublicKey.TryCreate(Sm2.Algorithm, test.Bytes("x"), test.Bytes("y"), out _) != test.IsValid)
            .Concat(Tests(Sm2KeySet.File, "Sm2SubjectPublicKeyInfo").Where(test => Sm2Keys.TryReadPublic(test.Bytes("der"), out _) != test.IsValid));
        Assert.Empty(wrong.Select(test => test.ToString()));
        Assert.All(Tests(Sm2KeySet.File, "Sm2CompressedPoint"), test =>
        {
            var y = new byte[32];
            Assert.Equal(test.IsValid, Sm2.Algorithm.TryDecompress(test.Bytes("x"), (bool)test.Json["odd"]!, y));
            Assert.Equal(test.IsValid ? Convert.ToHexStringLower(y) : null, (string?)test.Json["y"]);
        });
    }

    [Fact]
    public void The_set_is_as_large_as_it_says()
    {
        Assert.All(new[] { Sm2Set.File, Sm2KeySet.File }, file =>
        {
            var set = Read(file);
            var tests = set["testGroups"]!.AsArray().SelectMany(group => group!["tests"]!.AsArray()).ToList();
            Assert.Equal((int)set["numberOfTests"]!, tests.Count);
            Assert.Equal(Enumerable.Range(1, tests.Count), tests.Select(test => (int)test!["tcId"]!));
            Assert.Equal(tests.Count, tests.Select(test => test!.Parent!.Parent!["type"] + (string)test["comment"]!).Distinct().Count());
        });
        Assert.True((int)Read(Sm2Set.File)["numberOfTests"]! >= 100);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static bool ByLibcrypto(Test test)
    {
        using var key = OpenSsl.Import([4, .. test.X, .. test.Y], []);
        using var context = OpenSsl.NewContext(0, key, 0);
        Assert.Equal(1, OpenSsl.InitialiseVerify(context));
        var der = Der(test.Bytes("sig"));
        var holds = OpenSsl.Verify(context, der, (nuint)der.Length, test.Bytes("digest"), 32) == 1;
        OpenSsl.ClearErrors();
        return holds;
    }

    // SM2Signer hashes for itself: a hash that answers what it is told makes it check a digest.
    private static bool ByBouncyCastle(Test test)
    {
        var domain = new ECDomainParameters(Org.BouncyCastle.Crypto.EC.CustomNamedCurves.GetByName("sm2p256v1"));
        var point = domain.Curve.CreatePoint(new Org.BouncyCastle.Math.BigInteger(1, test.X), new Org.BouncyCastle.Math.BigInteger(1, test.Y));
        var signer = new SM2Signer(PlainDsaEncoding.Instance, new Told(test.Bytes("digest")));
        signer.Init(forSigning: false, new ECPublicKeyParameters(point, domain));
        return signer.VerifySignature(test.Bytes("sig"));
    }

    private static byte[] Der(byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(Sm2Curve.Read(signature.AsSpan(0, 32)));
            writer.WriteInteger(Sm2Curve.Read(signature.AsSpan(32)));
        }

        return writer.Encode();
    }

    private async Task<string> OpensslAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return output + await errors;
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Vectors, "sm2", file)))!;

    private static List<Test> Tests(string file, string type)
    {
        var tests = Read(file)["testGroups"]!.AsArray().Where(group => (string)group!["type"]! == type)
            .SelectMany(group => group!["tests"]!.AsArray().Select(test => new Test(group, test!))).ToList();
        Assert.NotEmpty(tests);
        return tests;
    }

    private sealed record Test(JsonNode Group, JsonNode Json)
    {
        public bool IsValid => (string)Json["result"]! == "valid";

        public byte[] X => Convert.FromHexString((string)Group["publicKey"]!["x"]!);

        public byte[] Y => Convert.FromHexString((string)Group["publicKey"]!["y"]!);

        public byte[] Bytes(string member) => Convert.FromHexString((string)Json[member]!);

        public override string ToString() => $"{(int)Json["tcId"]!} {(string)Json["comment"]!} should be {(string)Json["result"]!}";
    }

    private sealed class Told(byte[] digest) : IDigest
    {
        public string AlgorithmName => "told";

        public int GetByteLength() => 64;

        public int GetDigestSize() => digest.Length;

        public void Reset()
        {
        }

        public void Update(byte input)
        {
        }

        public void BlockUpdate(byte[] input, int inOff, int inLen)
        {
        }

        public void BlockUpdate(ReadOnlySpan<byte> input)
        {
        }

        public int DoFinal(byte[] output, int outOff) => DoFinal(output.AsSpan(outOff));

        public int DoFinal(Span<byte> output)
        {
            digest.CopyTo(output);
            return digest.Length;
        }
    }
}
