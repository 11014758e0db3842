using System.Text.Json.Nodes;
using OneCode.P256;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>Signatures that broke others (CVE-2022-21449 among them), as C2SP publishes them; both ways by which we verify.</summary>
public sealed class WycheproofTests
{
    [Fact]
    public void Each_signature_gets_its_answer()
    {
        var count = 0;
        foreach (var group in JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Vectors, "wycheproof", "ecdsa_secp256r1_sha256_p1363_test.json")))!["testGroups"]!.AsArray())
        {
            var point = Convert.FromHexString(group!["publicKey"]!["uncompressed"]!.GetValue<string>());
            Assert.True(PublicKey.TryCreate(point.AsSpan(1, 32), point.AsSpan(33), out var key));
            ISignatureChecker[] checkers = [new FrameworkKey(key.X, key.Y), .. OpenSslKey.IsAvailable ? [OpenSslKey.Import(key.X, key.Y)] : Array.Empty<ISignatureChecker>()];
            foreach (var test in group["tests"]!.AsArray())
            {
                // A signature of another length is refused with the structure around it (SPEC.md step 2).
                var signature = Convert.FromHexString(test!["sig"]!.GetValue<string>());
                var message = Convert.FromHexString(test["msg"]!.GetValue<string>());
                var isValid = test["result"]!.GetValue<string>() == "valid";
                Assert.All(checkers, checker =>
                    Assert.True(isValid == (signature.Length == Labels.SignatureSize && checker.HasSigned(message, signature)), $"{test["tcId"]}: {test["comment"]}"));
                count++;
            }
        }

        Assert.Equal(262, count);
    }
}
