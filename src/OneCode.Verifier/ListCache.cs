using System.Security.Cryptography;
using System.Text;

namespace OneCode.Verifier;

/// <summary>
/// Signed lists on disk. The disk is not trusted: what is read back goes through the same checks as what is downloaded. A file is
/// written beside its place and moved there, so a crash leaves the old one or the new one.
/// </summary>
internal sealed class ListCache(string folder)
{
    private const string TrustFile = "trust-list.cose";
    private const string StatusExtension = ".statuslist";

    public byte[]? ReadTrustList() => Read(Path.Combine(folder, TrustFile), TrustListToken.MaximumSize);

    public IEnumerable<byte[]> ReadStatusLists() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*" + StatusExtension).Select(file => Read(file, StatusListToken.MaximumSize)).OfType<byte[]>()
        : [];

    public void WriteTrustList(byte[] bytes) => Write(TrustFile, bytes);

    /// <summary>One file a list: a hash of its URI, since a URI is no file name.</summary>
    public void WriteStatusList(string uri, byte[] bytes) =>
        Write(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uri)))[..32] + StatusExtension, bytes);

    private static byte[]? Read(string file, int limit)
    {
        try
        {
            var info = new FileInfo(file);
            return info.Exists && info.Length <= limit ? File.ReadAllBytes(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be read is not there: a gate that starts without its cache fetches; one that does not start helps nobody.
            return null;
        }
    }

    private void Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(folder);
        var place = Path.Combine(folder, name);
        var beside = $"{place}.{Path.GetRandomFileName()}";
        using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, place, overwrite: true);
    }
}
