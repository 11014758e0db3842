using System.Security.Cryptography;
using System.Text;

namespace Identity.Server.Subjects;

/// <summary>
/// Seals document numbers and names for the database and finds a number again by a keyed hash. A plain hash of an ID number is
/// reversed in minutes (birth dates and districts are few); both keys are derived from the server's secret and never stored
/// beside the data, so a stolen database tells neither who is in it nor whether a given person is.
/// </summary>
internal sealed class IdentityNumbers(byte[] hashKey, byte[] encryptionKey)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>The column to search: HMAC-SHA-256 over type and number.</summary>
    public byte[] Hash(DocumentNumber number) => HMACSHA256.HashData(hashKey, Encoding.UTF8.GetBytes($"{(int)number.Type}:{number.Value}"));

    /// <summary>
    /// AES-256-GCM under a fresh random nonce. The row and the column are authenticated with it: a sealed value that is moved to
    /// another row does not open there.
    /// </summary>
    public byte[] Seal(string text, Guid row, string column)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var value = new byte[1 + NonceLength + plain.Length + TagLength];
        value[0] = Version;
        var nonce = value.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        // One cipher a call: OpenSSL's context behind it is not safe to share between threads.
        using var cipher = new AesGcm(encryptionKey, TagLength);
        cipher.Encrypt(nonce, plain, value.AsSpan(1 + NonceLength, plain.Length), value.AsSpan(value.Length - TagLength), Place(row, column));
        return value;
    }

    /// <summary>Throws when the value is not ours or not of this row: that is damage or tampering, never an answer.</summary>
    public string Open(byte[] value, Guid row, string column)
    {
        if (value.Length < 1 + NonceLength + TagLength || value[0] != Version)
        {
            throw new CryptographicException("A sealed value has an unknown shape.");
        }

        var plain = new byte[value.Length - 1 - NonceLength - TagLength];
        using var cipher = new AesGcm(encryptionKey, TagLength);
        cipher.Decrypt(
            value.AsSpan(1, NonceLength), value.AsSpan(1 + NonceLength, plain.Length), value.AsSpan(value.Length - TagLength), plain, Place(row, column));
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] Place(Guid row, string column) => [.. row.ToByteArray(), .. Encoding.UTF8.GetBytes(column)];
}
