using Identity.Server.Accounts;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Sandbox;

/// <summary>Plants the people and accounts, through the same use cases as everybody else. Doing it twice changes nothing.</summary>
internal static class Seed
{
    public static async Task PlantAsync(IServiceProvider services, DataFolder data, CancellationToken cancellationToken = default)
    {
        await using var scope = services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<CreateAccount>();
        var known = await KnownAsync(scope.ServiceProvider.GetRequiredService<ServerDbContext>(), cancellationToken);

        foreach (var citizen in Population.Citizens)
        {
            if (citizen.UserName is { } name && !known.Contains(name))
            {
                await accounts.HandleAsync(new(name, Population.Password), cancellationToken);
            }
        }
        var secrets = await data.StaffSecretsAsync(cancellationToken);
        foreach (var member in Population.Staff.Where(member => !known.Contains(member.UserName)))
        {
            await accounts.HandleAsync(
                new(member.UserName, Population.Password, Role: member.Role, TotpSecret: secrets[member.UserName]),
                cancellationToken);
        }
    }

    private static Task<HashSet<string>> KnownAsync(ServerDbContext db, CancellationToken cancellationToken) =>
        db.Set<Account>().Select(account => account.UserName).ToHashSetAsync(cancellationToken);
}
