using System.CommandLine;
using System.Security.Cryptography;

namespace OneCode.Cli;

/// <summary><c>onecode keygen</c>: a P-256 key pair; the private half into a file that only its owner may read.</summary>
internal static class KeygenCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where the private key goes (PKCS#8, PEM). Never overwritten." };
        var command = new Command("keygen", "Make a P-256 key and print its public half as a root key set of one.") { file };
        command.SetAction(result =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var place = result.GetValue(file)!;
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using var writer = new StreamWriter(place.FullName, options);
                writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
            }
            catch (IOException e)
            {
                result.InvocationConfiguration.Error.WriteLine($"{place} was not written: {e.Message}");
                return ExitCodes.Usage;
            }

            result.InvocationConfiguration.Output.WriteLine(new TrustRoots([PublicKey.From(key)], threshold: 1).ToJson());
            return ExitCodes.Passed;
        });
        return command;
    }
}
