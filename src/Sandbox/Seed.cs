namespace Sandbox;

/// <summary>Plants the people and accounts, through the same use cases as everybody else. Doing it twice changes nothing.</summary>
internal static class Seed
{
    public static async Task PlantAsync(IServiceProvider services, DataFolder data, CancellationToken cancellationToken = default)
    {
        await using var scope = services.CreateAsyncScope();
        await data.StaffSecretsAsync(cancellationToken);
    }
}
