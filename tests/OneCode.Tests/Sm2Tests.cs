using System.Diagnostics;
using System.Numerics;
using System.Text;
using OneCode.Cli.Vectors;
using OneCode.Sm;

namespace OneCode.Tests;

public sealed class Sm2Tests : IDisposable
{
    private static readonly OpenSslSm2 OpenSsl = new();
    private static readonly BouncySm2 Bouncy = new();

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-sm2-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_example_of_the_standard_holds()
    {
        // GB/T 32918.5-2017, annex A.2: key, nonce and signature of "message digest" on the recommended curve.
        var forge = new Sm2Forge(Number("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"));
        Assert.Equal("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020", Convert.ToHexString(forge.X));
        Assert.Equal("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13", Convert.ToHexString(forge.Y));
        Assert.Equal("B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3", Convert.ToHexString(Bouncy.SignerDigest(forge.X, forge.Y)));
        Assert.Equal(Bouncy.SignerDigest(forge.X, forge.Y), OpenSsl.SignerDigest(forge.X, forge.Y));

        var message = "message digest"u8.ToArray();
        var signature = forge.Sign(message, Sm2.SignerId.ToArray(), Number("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"));
        Assert.Equal(
            "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
            Convert.ToHexString(signature));
        Assert.All(Both(forge), key => Assert.True(key.HasSigned(message, signature)));
    }

    [Fact]
    public void Sm3_is_that_of_the_standard()
    {
        // GB/T 32905-2016, annex A.1 and A.2.
        (string Text, string Digest)[] examples =
        [
            ("abc", "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"),
            ("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732"),
        ];
        Assert.All(examples, example => Assert.All(new Sm2Backend[] { OpenSsl, Bouncy }, backend =>
            Assert.Equal(example.Digest, Convert.ToHexString(backend.Digest(Encoding.ASCII.GetBytes(example.Text[..2]), Encoding.ASCII.GetBytes(example.Text[2..]))))));
    }

    [Fact]
    public void Either_signs_and_both_agree_on_every_signature()
    {
        Assert.True(Sm.OpenSsl.IsAvailable, "This machine's OpenSSL 3 has no SM2: nothing to compare with.");
        var dice = new Dice(32918);
        using var key = Sm2PrivateKey.Generate();
        var keys = Both(key.PublicKey.X, key.PublicKey.Y);
        var order = Sm2Curve.Order;
        BigInteger[] edges = [0, 1, order - 1, order, order + 1, Sm2Curve.Prime, (BigInteger.One << 256) - 1, BigInteger.One << 255, 127, 128];
        var held = 0;
        for (var i = 0; i < 300; i++)
        {
            var message = new byte[dice.Below(2000)];
            message.AsSpan().Fill((byte)(i % 251));
            var signature = (i % 2 == 0 ? (Sm2Backend)OpenSsl : Bouncy).Sign(key, message);
            switch (dice.Below(4))
            {
                case 0:
                    SignatureVectors.Scalar(dice.Of(edges)).CopyTo(signature, 32 * dice.Below(2));
                    break;
                case 1:
                    signature[dice.Below(64)] ^= (byte)(1 << dice.Below(8));
                    break;
                default:
                    break;
            }

            var answer = keys[0].HasSigned(message, signature);
            Assert.Equal(answer, keys[1].HasSigned(message, signature));
            held += answer ? 1 : 0;
        }

        Assert.InRange(held, 75, 275);
    }

    [Fact]
    public async Task Several_threads_share_a_key()
    {
        using var key = Sm2PrivateKey.Generate();
        var good = new Sm2Signer(key).SignAsync("as issued"u8.ToArray(), Cancellation).AsTask();
        var signature = await good;
        var checkers = Both(key.PublicKey.X, key.PublicKey.Y);
        await Parallel.ForAsync(0, 200, Cancellation, (i, _) =>
        {
            Assert.Equal(i % 3 != 0, checkers[i % 2].HasSigned(i % 3 == 0 ? "as altered"u8 : "as issued"u8, signature));
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void A_key_is_a_point_of_the_curve_or_is_none()
    {
        var forge = Sm2Forge.Of("sm2-person");
        Assert.True(Sm2.Algorithm.IsPoint(forge.X, forge.Y));
        Assert.False(Sm2.Algorithm.IsPoint(forge.Y, forge.X));
        Assert.False(Sm2.Algorithm.IsPoint(new byte[32], new byte[32]));
        Assert.False(Sm2.Algorithm.IsPoint(TestKeys.Of("person").PublicKey.X, TestKeys.Of("person").PublicKey.Y));
        for (var i = 0; i < 20; i++)
        {
            using var key = Sm2PrivateKey.Generate();
            var device = DeviceKey.From(key.PublicKey);
            Assert.True(device.TryDecompress(Sm2.AndEs256, out var back));
            Assert.Equal(key.PublicKey, back);
            Assert.False(device.TryDecompress(out _));
        }
    }

    [Fact]
    public void A_private_number_is_between_one_and_the_order_less_two()
    {
        Assert.All(new[] { BigInteger.Zero, Sm2Curve.Order - 1, Sm2Curve.Order, (BigInteger.One << 256) - 1 }, number => Assert.False(Sm2PrivateKey.TryCreate(SignatureVectors.Scalar(number), out _)));
        Assert.All(new[] { BigInteger.One, Sm2Curve.Order - 2 }, number => Assert.True(Sm2PrivateKey.TryCreate(SignatureVectors.Scalar(number), out _)));
    }

    [Fact]
    public void Key_files_come_back()
    {
        using var key = Sm2PrivateKey.Generate();
        Assert.True(Sm2Keys.TryReadPrivatePem(Sm2Keys.WritePrivatePem(key), out var again));
        Assert.Equal(key.PublicKey, again.PublicKey);
        Assert.True(Sm2Keys.TryReadPublicPem(Sm2Keys.WritePublicPem(key.PublicKey), out var half));
        Assert.Equal(key.PublicKey, half);
        Assert.False(Sm2Keys.TryReadPrivatePem(Sm2Keys.WritePublicPem(key.PublicKey), out _));
        Assert.False(Sm2Keys.TryReadPublicPem("nothing", out _));
        using var p256 = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        Assert.False(Sm2Keys.TryReadPrivatePem(p256.ExportPkcs8PrivateKeyPem(), out _));
        Assert.False(Sm2Keys.TryReadPublicPem(p256.ExportSubjectPublicKeyInfoPem(), out _));
    }

    [Fact]
    public async Task The_openssl_command_reads_our_keys_and_we_its_keys_and_signatures()
    {
        await RunAsync("genpkey", "-algorithm", "SM2", "-out", "theirs.pem");
        await RunAsync("pkey", "-in", "theirs.pem", "-pubout", "-out", "theirs.pub.pem");
        Assert.True(Sm2Keys.TryReadPrivatePem(await System.IO.File.ReadAllTextAsync(File("theirs.pem"), Cancellation), out var theirs));
        Assert.True(Sm2Keys.TryReadPublicPem(await System.IO.File.ReadAllTextAsync(File("theirs.pub.pem"), Cancellation), out var half));
        Assert.Equal(half, theirs.PublicKey);

        await System.IO.File.WriteAllTextAsync(File("message"), "what is signed", Cancellation);
        await RunAsync("pkeyutl", "-sign", "-inkey", "theirs.pem", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in", "message", "-out", "signature.der");
        var signature = Raw(await System.IO.File.ReadAllBytesAsync(File("signature.der"), Cancellation));
        Assert.All(Both(half.X, half.Y), key => Assert.True(key.HasSigned("what is signed"u8, signature)));

        using var ours = Sm2PrivateKey.Generate();
        await System.IO.File.WriteAllTextAsync(File("ours.pub.pem"), Sm2Keys.WritePublicPem(ours.PublicKey), Cancellation);
        await System.IO.File.WriteAllTextAsync(File("ours.pem"), Sm2Keys.WritePrivatePem(ours), Cancellation);
        Assert.Contains("SM2", await RunAsync("pkey", "-in", "ours.pem", "-noout", "-text"), StringComparison.Ordinal);
        await System.IO.File.WriteAllBytesAsync(File("ours.der"), Der(Sm2.Backend.Sign(ours, "what is signed"u8)), Cancellation);
        Assert.Contains("Success", await RunAsync(
            "pkeyutl", "-verify", "-pubin", "-inkey", "ours.pub.pem", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in", "message", "-sigfile", "ours.der"), StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string File(string name) => Path.Combine(folder.FullName, name);

    private static ISignatureChecker[] Both(Sm2Forge forge) => Both(forge.X, forge.Y);

    private static ISignatureChecker[] Both(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => [OpenSsl.Import(x, y), Bouncy.Import(x, y)];

    private static BigInteger Number(string hex) => Sm2Curve.Read(Convert.FromHexString(hex));

    private static byte[] Raw(byte[] der)
    {
        var pair = new System.Formats.Asn1.AsnReader(der, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        return [.. SignatureVectors.Scalar(pair.ReadInteger()), .. SignatureVectors.Scalar(pair.ReadInteger())];
    }

    private static byte[] Der(byte[] raw)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(Sm2Curve.Read(raw.AsSpan(0, 32)));
            writer.WriteInteger(Sm2Curve.Read(raw.AsSpan(32)));
        }

        return writer.Encode();
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"openssl {string.Join(' ', arguments)}: {await errors}");
        return await output;
    }
}
