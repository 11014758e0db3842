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
    private const string RootsFile = "root-changes.cose";
    private const string StatusExtension = ".statuslist";
    private const string CompactExtension = ".compact";
    private const string PartExtension = ".part";

    public byte[]? ReadTrustList() => Read(Path.Combine(folder, TrustFile), TrustListToken.MaximumSize);

    /// <summary>The chain from the roots that the gate was given to those it holds.</summary>
    public byte[]? ReadRootChanges() => Read(Path.Combine(folder, RootsFile), TrustRootsToken.MaximumSize * TrustRootsToken.MaximumChanges);

    public void WriteRootChanges(byte[] bytes) => Write(RootsFile, bytes);

    public IEnumerable<byte[]> ReadStatusLists() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*" + StatusExtension).Select(file => Read(file, StatusListToken.MaximumSize)).OfType<byte[]>()
        : [];

    public void WriteTrustList(byte[] bytes) => Write(TrustFile, bytes);

    /// <summary>One file a list: a hash of its URI, since a URI is no file name.</summary>
    public void WriteStatusList(string uri, byte[] bytes) =>
        Write(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uri)))[..32] + StatusExtension, bytes);

    /// <summary>Statements with their states, each file one series.</summary>
    public IEnumerable<byte[]> ReadCompact() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*" + CompactExtension).Select(file => Read(file, CompactState.MaximumSize + CompactStatusToken.MaximumSize + 16)).OfType<byte[]>()
        : [];

    public void WriteCompact(string name, byte[] bytes) => Write(name + CompactExtension, bytes);

    public void DropCompact(string name) => Drop(name + CompactExtension);

    /// <summary>What an interrupted download left of a state; nothing when that is as long as the state, which then was no good.</summary>
    public byte[] ReadPart(string digest, int size) => Read(Path.Combine(folder, digest + PartExtension), size - 1) ?? [];

    public void WritePart(string digest, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            Write(digest + PartExtension, bytes);
        }
    }

    public void DropPart(string digest) => Drop(digest + PartExtension);

    /// <summary>Drops what interrupted downloads left of states that nobody names any more.</summary>
    public void DropPartsBut(IReadOnlySet<string> digests)
    {
        if (Directory.Exists(folder))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + PartExtension).Where(file => !digests.Contains(Path.GetFileNameWithoutExtension(file))).ToList())
            {
                File.Delete(file);
            }
        }
    }

    private void Drop(string name)
    {
        if (Directory.Exists(folder))
        {
            File.Delete(Path.Combine(folder, name));
        }
    }

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

    private void Write(string name, ReadOnlySpan<byte> bytes)
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
