namespace Benchmarks;

/// <summary>One measurement beside its peer or limit, taken in the same run on the same machine.</summary>
internal sealed record Figure(string Name, double Ours, double Peer, string PeerName, string Unit, string Conditions)
{
    /// <summary>Ours over the peer's: for rates more is better, for times and memory less.</summary>
    public double Ratio => Ours / Peer;
}
