using OneCode.Cli.Vectors;

namespace OneCode.Tests;

/// <summary>Verifiers that hold what <see cref="World"/> published.</summary>
internal static class Holding
{
    public static OfflineVerifier Trust(CredentialVerifier? verifier = null)
    {
        var holding = new OfflineVerifier(World.Roots, verifier ?? new CredentialVerifier());
        Assert.Null(holding.TakeTrustList(World.Trust));
        return holding;
    }

    public static OfflineVerifier Everything(CredentialVerifier? verifier = null)
    {
        var holding = Trust(verifier);
        Assert.All(World.StatusLists, list => Assert.Null(holding.TakeStatusList(list)));
        return holding;
    }
}
