using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Trust;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Connect.Keys;

/// <summary>
/// Makes and opens keys of the ring. In the database they lie encrypted under a derived secret, each bound to its use and generation: who
/// reads the database has none, who writes to it can put none of theirs in place and none in another's.
/// </summary>
internal sealed class OidcKeyBox(DerivedSecrets secrets)
{
    private const string Label = "connect/oidc-keys";

    public OidcKey Make(OidcKeyUse use, int generation, DateTimeOffset now, DateTimeOffset activeFrom)
    {
        var (secret, keyId) = use switch
        {
            OidcKeyUse.Signing => MakeSigning(),
            OidcKeyUse.SigningRsa => MakeSigningRsa(),
            _ => (RandomNumberGenerator.GetBytes(64), "own-" + RandomNumberGenerator.GetHexString(16, lowercase: true)),
        };
        return new OidcKey
        {
            Id = Guid.CreateVersion7(now),
            Use = use,
            Generation = generation,
            KeyId = keyId,
            Sealed = Seal(secret, use, generation),
            CreatedAt = now,
            ActiveFrom = activeFrom,
        };
    }

    /// <summary>Throws <see cref="CryptographicException"/> for a row that was not written under this master secret.</summary>
    public RingKey Open(OidcKey row)
    {
        var secret = Unseal(row);
        if (row.Use == OidcKeyUse.Own)
        {
            // Symmetric: codes and refresh tokens are for us alone, and an asymmetric key would cost milliseconds each time.
            return new RingKey(
                row.Use, row.Generation, row.KeyId, row.ActiveFrom,
                new SigningCredentials(new SymmetricSecurityKey(secret[..32]) { KeyId = row.KeyId }, SecurityAlgorithms.HmacSha256),
                new EncryptingCredentials(new SymmetricSecurityKey(secret[32..]) { KeyId = row.KeyId }, SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        }

        if (row.Use == OidcKeyUse.SigningRsa)
        {
            var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(secret, out _);
            return new RingKey(row.Use, row.Generation, row.KeyId, row.ActiveFrom, new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = row.KeyId }, SecurityAlgorithms.RsaSha256), null);
        }

        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(secret, out _);
        return new RingKey(
            row.Use, row.Generation, row.KeyId, row.ActiveFrom, new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = row.KeyId }, SecurityAlgorithms.EcdsaSha256), null);
    }

    private static (byte[] Secret, string KeyId) MakeSigning()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (key.ExportPkcs8PrivateKey(), Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo())[..12]));
    }

    private static (byte[] Secret, string KeyId) MakeSigningRsa()
    {
        using var key = RSA.Create(2048);
        return (key.ExportPkcs8PrivateKey(), Base64UrlEncoder.Encode(SHA256.HashData(key.ExportSubjectPublicKeyInfo())[..12]));
    }

    private byte[] Seal(byte[] plain, OidcKeyUse use, int generation)
    {
        // Nonce, tag, ciphertext.
        var box = new byte[28 + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, 12));
        using var aes = new AesGcm(secrets.Derive(Label), 16);
        aes.Encrypt(box.AsSpan(0, 12), plain, box.AsSpan(28), box.AsSpan(12, 16), PlaceOf(use, generation));
        return box;
    }

    private byte[] Unseal(OidcKey row)
    {
        if (row.Sealed.Length < 28)
        {
            throw new CryptographicException("The row holds no sealed key.");
        }

        var plain = new byte[row.Sealed.Length - 28];
        using var aes = new AesGcm(secrets.Derive(Label), 16);
        aes.Decrypt(row.Sealed.AsSpan(0, 12), row.Sealed.AsSpan(28), row.Sealed.AsSpan(12, 16), plain, PlaceOf(row.Use, row.Generation));
        return plain;
    }

    private static byte[] PlaceOf(OidcKeyUse use, int generation) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{use}/{generation}"));
}
