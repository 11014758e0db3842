using System.CommandLine;
using System.Security.Cryptography;
using OneCode.Sm;

namespace OneCode.Cli;

/// <summary><c>onecode keygen</c>: a key pair; the private half into a file that only its owner may read.</summary>
internal static class KeygenCommand
{
    private const string Es256 = "ES256";
    private const string SM2 = "SM2";

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where the private key goes (PKCS#8, PEM). Never overwritten." };
        var algorithm = new Option<string>("--alg") { Description = "ES256 (P-256) or SM2.", DefaultValueFactory = _ => Es256 };
        algorithm.AcceptOnlyFromAmong(Es256, SM2);
        var command = new Command("keygen", "Make a key and print its public half as a root key set of one.") { file, algorithm };
        command.SetAction(result =>
        {
            var (pem, publicKey) = result.GetValue(algorithm) == SM2 ? MakeSm2() : MakeEs256();
            var place = result.GetValue(file)!;
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using var writer = new StreamWriter(place.FullName, options);
                writer.WriteLine(pem);
            }
            catch (IOException e)
            {
                result.InvocationConfiguration.Error.WriteLine($"{place} was not written: {e.Message}");
                return ExitCodes.Usage;
            }

            result.InvocationConfiguration.Output.WriteLine(new TrustRoots([publicKey], threshold: 1, Sm2.AndEs256).ToJson());
            return ExitCodes.Passed;
        });
        return command;
    }

    private static (string Pem, PublicKey PublicKey) MakeEs256()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (key.ExportPkcs8PrivateKeyPem(), PublicKey.From(key));
    }

    private static (string Pem, PublicKey PublicKey) MakeSm2()
    {
        using var key = Sm2PrivateKey.Generate();
        return (Sm2Keys.WritePrivatePem(key), key.PublicKey);
    }
}
