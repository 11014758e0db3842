using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Identity.Server.Trust;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Connect;

/// <summary>
/// The keys of the OIDC endpoints. Tokens are signed with ES256 by the key of <c>Connect:SigningCertificate</c>; what only we read
/// (codes, refresh tokens) is encrypted under a key derived from the master secret, so there is no second file to lose.
/// </summary>
internal sealed partial class OidcKeys(
    IOptions<ConnectOptions> options, KeyFolder folder, DerivedSecrets secrets, TimeProvider clock, ILogger<OidcKeys> logger)
{
    /// <summary>The first signs, all are published: a successor is listed for a day before it comes first.</summary>
    public IEnumerable<SigningCredentials> Signing()
    {
        yield return Read(options.Value.SigningCertificate ?? DevelopmentFile());
        foreach (var other in options.Value.PublishedCertificates)
        {
            yield return Read(other);
        }
    }

    public EncryptingCredentials Encryption() => new(
        new SymmetricSecurityKey(secrets.Derive("connect/encryption")), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512);

    public byte[] PairwiseKey() => secrets.Derive("connect/pairwise-subjects");

    private static SigningCredentials Read(string file)
    {
        try
        {
            using var certificate = file.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase)
                ? X509CertificateLoader.LoadPkcs12FromFile(file, null)
                : X509Certificate2.CreateFromPemFile(file, file);
            var key = certificate.GetECDsaPrivateKey() is { KeySize: 256 } p256
                ? p256
                : throw new StartRefusedException($"{file} holds no P-256 key: tokens are signed with ES256.");
            return new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = Base64UrlEncoder.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256)[..12]) }, SecurityAlgorithms.EcdsaSha256);
        }
        catch (CryptographicException)
        {
            throw new StartRefusedException($"{file} is no certificate with its key (PEM, or PFX without a password).");
        }
        catch (IOException)
        {
            throw new StartRefusedException($"{file} cannot be read.");
        }
    }

    private string DevelopmentFile()
    {
        if (!folder.MakesOwnKeys)
        {
            throw new StartRefusedException("Connect:SigningCertificate is not set. Outside Development the server makes no keys; certs/README.md says how to make it.");
        }

        var file = Path.Combine(folder.Path, "oidc-signing.pem");
        if (!File.Exists(file))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=identity signing (development)", key, HashAlgorithmName.SHA256);
            var now = clock.GetUtcNow();
            using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(2));
            var access = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                access.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var writer = new StreamWriter(file, access);
            writer.WriteLine(certificate.ExportCertificatePem());
            writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
            KeyMade(file);
        }

        return file;
    }

    [LoggerMessage(1004, LogLevel.Information, "Made {File} for development")]
    private partial void KeyMade(string file);
}
