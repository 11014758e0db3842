using System.Data.Common;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Audit;

/// <summary>
/// What cannot be recorded does not happen: without the database nothing is issued and nobody signs in. Verifying goes on from memory
/// and what is published.
/// </summary>
internal sealed class AuditReadiness(IServiceScopeFactory scopes) : IReadinessCheck
{
    public IReadOnlyCollection<Duty> Duties { get; } = [Duty.Issue, Duty.Login];

    public async ValueTask<string?> ProblemAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            // A read of a real table: a connection alone says little.
            await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<AuditEntry>().AnyAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException or TimeoutException)
        {
            return "The database with the audit trail does not answer.";
        }
    }
}
