using System.Security.Cryptography;
using System.Text;

namespace Identity.Server.Trust;

/// <summary>
/// Secrets for one use each, derived from the master secret (HKDF): what keys one thing must not open another. The label is the
/// use; changing a label changes the secret.
/// </summary>
internal sealed class DerivedSecrets(KeyFolder folder)
{
    /// <summary>32 bytes, the same for the same label as long as the master secret lives.</summary>
    public byte[] Derive(string label) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, folder.MasterSecret.ToArray(), 32, info: Encoding.UTF8.GetBytes("identity/" + label));
}
