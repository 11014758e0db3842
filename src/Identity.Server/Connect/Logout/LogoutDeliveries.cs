using Identity.Server.Clients;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Connect.Logout;

/// <summary>Reads how deliveries went, for staff and for whoever runs a client.</summary>
internal sealed class LogoutDeliveries(ServerDbContext db, ClientDirectory clients, TimeProvider clock) : ILogoutDeliveries
{
    private static readonly TimeSpan Lately = TimeSpan.FromDays(7);

    public async Task<IReadOnlyList<LogoutNotice>> ListAsync(string clientId, int most, CancellationToken cancellationToken) =>
        await db.Set<LogoutDelivery>().AsNoTracking().Where(delivery => delivery.ClientId == clientId)
            .OrderByDescending(delivery => delivery.CreatedAt).Take(most)
            .Select(delivery => new LogoutNotice(delivery.CreatedAt, delivery.Tries, delivery.DeliveredAt, delivery.GivenUpAt, delivery.NextTryAt, delivery.LastAnswer))
            .ToListAsync(cancellationToken);

    public async Task<IReadOnlyList<LogoutSummary>> SummariesAsync(CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow() - Lately;
        var summaries = new List<LogoutSummary>();
        foreach (var client in clients.All.Where(client => client.BackchannelLogoutUri is not null).OrderBy(client => client.Id, StringComparer.Ordinal))
        {
            var lately = db.Set<LogoutDelivery>().AsNoTracking().Where(delivery => delivery.ClientId == client.Id && delivery.CreatedAt > since);
            summaries.Add(new LogoutSummary(
                client.Id,
                client.BackchannelLogoutUri!,
                await lately.CountAsync(delivery => delivery.DeliveredAt != null, cancellationToken),
                await lately.CountAsync(delivery => delivery.DeliveredAt == null && delivery.GivenUpAt == null, cancellationToken),
                await lately.CountAsync(delivery => delivery.GivenUpAt != null, cancellationToken),
                await lately.Where(delivery => delivery.DeliveredAt == null && delivery.LastAnswer != null)
                    .OrderByDescending(delivery => delivery.CreatedAt).Select(delivery => delivery.LastAnswer).FirstOrDefaultAsync(cancellationToken)));
        }

        return summaries;
    }
}
