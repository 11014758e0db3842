using System.Globalization;
using System.Numerics;
using OneCode.Wire;

namespace OneCode.Cli.Vectors;

internal static class SignatureVectors
{
    private const string Invalid = "Failed SignatureInvalid Signature";

    /// <summary>The order of P-256.</summary>
    public static BigInteger Order { get; } = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static byte[] Scalar(BigInteger value)
    {
        var bytes = new byte[32];
        var encoded = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        encoded.CopyTo(bytes, 32 - encoded.Length);
        return bytes;
    }

    public static IEnumerable<Vector> All()
    {
        yield return new("roots-missing", "A verifier that holds no root keys yet.", "Indeterminate RootsMissing Key") { Code = new ACode(), Roots = null, TrustLists = [], StatusLists = [] };
        yield return new("trust-missing", "Roots, and no trust list.", "Indeterminate TrustMissing Key") { Code = new ACode(), TrustLists = [], StatusLists = [] };
        yield return new("malformed-without-trust", "What is no code at all needs no trust list to fail.", "Failed Malformed Structure") { Text = "OC1:", TrustLists = [], StatusLists = [] };
        yield return new("key-unknown", "A key that the trust list does not have: an old list, a foreign region and a forger look the same.", "Indeterminate KeyNotInTrustList Key")
        {
            Code = new ACode { Key = "stranger" },
        };
        yield return new("key-unknown-phone", "The same inside a presentation.", "Indeterminate KeyNotInTrustList Key") { Code = ACode.Phone with { Key = "stranger" } };
        yield return new("algorithm-other", "alg EdDSA over a key of ES256: compared, never obeyed.", "Failed AlgorithmMismatch Signature")
        {
            Code = new ACode { ChangeHeader = header => header.With(Labels.Algorithm, writer => writer.Integer(-8)) },
        };
        yield return new("algorithm-hmac", "alg HMAC with the public key as the secret, the oldest confusion.", "Failed AlgorithmMismatch Signature")
        {
            Code = new ACode { ChangeHeader = header => header.With(Labels.Algorithm, writer => writer.Integer(5)) },
        };
        yield return new("signature-of-stranger", "Signed by another key under a trusted name.", Invalid) { Code = new ACode { Key = "stranger", NamedKey = "person" } };
        yield return new("signature-flipped", "The last bit of the signature.", Invalid) { Code = new ACode { ChangeSignature = Flip } };
        yield return new("payload-changed", "Another level than was signed.", Invalid)
        {
            Code = new ACode { ChangePayloadAfterSigning = payload => new CborPairs(payload).With(Labels.Level, writer => writer.Integer(4)).ToBytes() },
        };
        yield return new("payload-garbage", "A payload that is no CBOR, unsigned: a forger never reaches the claims.", Invalid) { Code = new ACode { ChangePayloadAfterSigning = _ => [0xff, 0xff] } };
        yield return new("signature-zero", "r = s = 0 (CVE-2022-21449).", Invalid) { Code = new ACode { ChangeSignature = _ => new byte[64] } };
        yield return new("signature-s-zero", "s = 0.", Invalid) { Code = new ACode { ChangeSignature = signature => [.. signature.AsSpan(0, 32), .. new byte[32]] } };
        yield return new("signature-r-is-order", "r = n.", Invalid) { Code = new ACode { ChangeSignature = signature => [.. Scalar(Order), .. signature.AsSpan(32)] } };
        yield return new("signature-all-ones", "r and s beyond the order.", Invalid) { Code = new ACode { ChangeSignature = _ => [.. Enumerable.Repeat((byte)0xff, 64)] } };
        yield return new("forged-and-expired", "A forged code that is also expired says forged.", Invalid)
        {
            Code = new ACode { ChangeSignature = Flip, Claims = ACode.PaperPerson with { ExpiresAt = World.Now.AddDays(-1) } },
        };
        yield return new("forged-and-revoked", "And one that is also revoked.", Invalid)
        {
            Code = new ACode { ChangeSignature = Flip, Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", World.RevokedIndex) } },
        };
        yield return new("forged-on-stale-trust", "A stale trust list still shows a forgery.", Invalid)
        {
            Code = new ACode { ChangeSignature = Flip },
            TrustLists = [World.SignTrust(World.TrustContent with { IssuedAt = World.Now.AddDays(-60), ExpiresAt = World.Now.AddDays(-30) })],
        };
        yield return new("forged-phone", "The issuer's signature inside a presentation that the phone signed well.", Invalid) { Code = ACode.Phone with { ChangeSignature = Flip } };
        yield return new("key-withdrawn", "The signing key got out.", "Failed KeyWithdrawn Scope") { Code = new ACode { Key = "person-withdrawn" } };
        yield return new("key-of-other-region", "A code of region 34 signed by region 32.", "Failed IssuerMismatch Scope") { Code = new ACode { Key = "person-32" } };
        yield return new("key-of-other-kind", "A person's code signed by the key for enterprises.", "Failed PurposeMismatch Scope") { Code = new ACode { Key = "enterprise" } };
        yield return new("key-of-status-lists", "A code signed by the key for status lists.", "Failed PurposeMismatch Scope") { Code = new ACode { Key = "status" } };
        yield return new("key-retired", "Issued after the key's period.", "Failed KeyNotInForce Scope")
        {
            Code = new ACode { Key = "person-retired", Claims = ACode.PaperPerson with { IssuedAt = World.Now.AddDays(-2), ValidFrom = World.Now.AddDays(-2) } },
        };
        yield return new("key-retired-but-in-force-then", "Issued within the period of a key that has retired since.", "Passed") { Code = new ACode { Key = "person-retired" } };
        yield return new("key-to-come", "Issued before the key's period.", "Failed KeyNotInForce Scope") { Code = new ACode { Key = "person-to-come" } };
    }

    private static byte[] Flip(byte[] signature) => [.. signature.AsSpan(0, 63), (byte)(signature[63] ^ 1)];
}
