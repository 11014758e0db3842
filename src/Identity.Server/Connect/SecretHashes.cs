using System.Diagnostics.Metrics;

namespace Identity.Server.Connect;

/// <summary>
/// Counts the slow hashes that client secrets cost. Somebody who guesses shows in it, and a test reads off it that a client that nobody
/// knows costs what a wrong secret costs.
/// </summary>
internal sealed class SecretHashes(IMeterFactory meters)
{
    public const string Name = "identity.clients.secret_hashes";

    private readonly Counter<long> _counter = meters.Create("Identity.Server").CreateCounter<long>(Name, description: "Client secrets that were hashed slowly, right or wrong");

    public void Count() => _counter.Add(1);
}
