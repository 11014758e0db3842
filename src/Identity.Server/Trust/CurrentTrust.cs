using OneCode;

namespace Identity.Server.Trust;

/// <summary>The trust list in force: the signed bytes as served, what they say, and the roots that vouch for them.</summary>
internal sealed record CurrentTrust(ReadOnlyMemory<byte> Signed, TrustList List, TrustRoots Roots)
{
    public string RootsJson { get; } = Roots.ToJson();
}
