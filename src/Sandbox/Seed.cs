using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;

namespace Sandbox;

/// <summary>Plants the people and accounts, through the same use cases as everybody else. Doing it twice changes nothing.</summary>
internal static class Seed
{
    /// <summary>Who proved what about the sandbox's people.</summary>
    private const string Source = "sandbox";

    public static async Task PlantAsync(IServiceProvider services, DataFolder data, CancellationToken cancellationToken = default)
    {
        await using var scope = services.CreateAsyncScope();
        var persons = scope.ServiceProvider.GetRequiredService<FindOrAddPerson>();
        var accounts = scope.ServiceProvider.GetRequiredService<CreateAccount>();
        var known = await scope.ServiceProvider.GetRequiredService<ServerDbContext>()
            .Set<Account>().Select(account => account.UserName).ToHashSetAsync(cancellationToken);

        foreach (var citizen in Population.Citizens)
        {
            if (citizen.UserName is { } name && !known.Contains(name))
            {
                var person = await persons.HandleAsync(NumberOf(citizen, services), citizen.Name, EvidenceFor(citizen.Level), cancellationToken);
                await accounts.HandleAsync(new(name, Population.Password, person), cancellationToken);
            }
        }
        // A developer tries dynamic registration with it; it exists nowhere else.
        await scope.ServiceProvider.GetRequiredService<InitialAccessTokens>().PlantAsync("sandbox-initial-access-token", "sandbox", 1_000, TimeSpan.FromDays(366), cancellationToken);
        var secrets = await data.StaffSecretsAsync(cancellationToken);
        foreach (var member in Population.Staff.Where(member => !known.Contains(member.UserName)))
        {
            await accounts.HandleAsync(
                new(member.UserName, Population.Password, Role: member.Role, TotpSecret: secrets[member.UserName]),
                cancellationToken);
        }
    }

    private static DocumentNumber NumberOf(Citizen citizen, IServiceProvider services)
    {
        var today = DateOnly.FromDateTime(services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime);
        return DocumentNumber.TryParse(DocumentType.ResidentId, citizen.IdNumber, today, out var number)
            ? number
            : throw new InvalidOperationException($"{citizen.Name}'s number breaks the rules of resident IDs.");
    }

    /// <summary>What has to be proved for a level.</summary>
    private static Proved[] EvidenceFor(int level)
    {
        var how = level switch
        {
            4 => EvidenceMethod.InPerson,
            3 => EvidenceMethod.BankCard,
            _ => EvidenceMethod.DocumentPictures,
        };
        return [new(EvidenceMethod.RegisterMatch, Source), new(how, Source)];
    }
}
