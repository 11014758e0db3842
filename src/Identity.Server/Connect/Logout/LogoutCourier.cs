using System.Globalization;
using Identity.Server.Clients;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Connect.Logout;

/// <summary>
/// Brings logout tokens to the clients: at once, then ever more seldom for a day. <see cref="OutboundGuard"/> says where to; redirects
/// are not followed and answers not read, so a client's server can send us nowhere and tell us nothing.
/// </summary>
internal sealed partial class LogoutCourier(
    IServiceScopeFactory scopes, IHttpClientFactory http, ClientDirectory clients, LogoutTokens tokens, LogoutSignal signal, TimeProvider clock,
    ILogger<LogoutCourier> logger) : BackgroundService
{
    public const string HttpClientName = "backchannel-logout";

    private const int Batch = 32;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await DeliverDueAsync(stoppingToken) == Batch)
                {
                }
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database. Nothing is lost: what is due stays due.
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                DatabaseAway(fault);
            }

            await signal.WaitAsync(Look, clock, stoppingToken);
        }
    }

    private async Task<int> DeliverDueAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow();
        var due = await db.Set<LogoutDelivery>().AsNoTracking()
            .Where(delivery => delivery.DeliveredAt == null && delivery.GivenUpAt == null && delivery.NextTryAt <= now)
            .OrderBy(delivery => delivery.NextTryAt).Take(Batch).ToListAsync(cancellationToken);

        // Each client on its own: one that hangs must not hold up the others.
        var answers = await Task.WhenAll(due.Select(async delivery => (delivery, answer: await SendOnceAsync(delivery, cancellationToken))));
        foreach (var (delivery, answer) in answers)
        {
            if (answer is not null)
            {
                await NoteAsync(db, delivery, answer, cancellationToken);
            }
        }

        return due.Count;
    }

    /// <summary>Null when another node has it.</summary>
    private async Task<string?> SendOnceAsync(LogoutDelivery delivery, CancellationToken cancellationToken)
    {
        await using (var scope = scopes.CreateAsyncScope())
        {
            var claimed = await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<LogoutDelivery>()
                .Where(d => d.Id == delivery.Id && d.Tries == delivery.Tries && d.NextTryAt == delivery.NextTryAt)
                .ExecuteUpdateAsync(set => set.SetProperty(d => d.NextTryAt, clock.GetUtcNow() + Claim).SetProperty(d => d.Tries, delivery.Tries + 1), cancellationToken);
            if (claimed == 0)
            {
                return null;
            }
        }

        if (clients.Find(delivery.ClientId)?.BackchannelLogoutUri is not { } address)
        {
            return "gone";
        }

        try
        {
            using var content = new FormUrlEncodedContent([KeyValuePair.Create("logout_token", tokens.For(delivery))]);
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
            using var answer = await http.CreateClient(HttpClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException fault)
        {
            return fault.InnerException is AddressRefusedException ? "AddressRefused" : fault.HttpRequestError.ToString();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "timeout";
        }
    }

    private async Task NoteAsync(ServerDbContext db, LogoutDelivery delivery, string answer, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tries = delivery.Tries + 1;
        var isDone = answer is "200" or "204";
        var isOver = !isDone && (answer == "gone" || now - delivery.CreatedAt > GiveUpAfter);
        var next = now + TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(tries, 16)), LongestPause.TotalSeconds));
        await db.Set<LogoutDelivery>().Where(d => d.Id == delivery.Id).ExecuteUpdateAsync(
            set => set
                .SetProperty(d => d.DeliveredAt, isDone ? now : null)
                .SetProperty(d => d.GivenUpAt, isOver ? now : null)
                .SetProperty(d => d.NextTryAt, next)
                .SetProperty(d => d.LastAnswer, answer),
            cancellationToken);
        if (isOver)
        {
            GaveUp(delivery.ClientId, answer);
        }
        else if (!isDone)
        {
            NotHeard(delivery.ClientId, answer, tries);
        }
    }

    [LoggerMessage(1010, LogLevel.Warning, "{ClientId} did not take a logout token ({Answer}), try {Tries}")]
    private partial void NotHeard(string clientId, string answer, int tries);

    [LoggerMessage(1011, LogLevel.Error, "Gave up telling {ClientId} of a sign-out ({Answer})")]
    private partial void GaveUp(string clientId, string answer);

    [LoggerMessage(1012, LogLevel.Warning, "Logout tokens wait: the database cannot be asked")]
    private partial void DatabaseAway(Exception fault);
}
