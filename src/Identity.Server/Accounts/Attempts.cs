using System.Security.Cryptography;
using System.Text;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>
/// Counts guesses. Each one is counted and committed <em>before</em> it is looked at, by one conditional statement in a
/// connection of its own: two hundred guesses at once are counted one by one (CVE-2023-33170), nothing that happens to the
/// request takes one back (CVE-2026-35597), and a lane that is closed costs a read.
/// <para>A lane is closed for a while, longer each time, never for good. Whoever signed in here before has a lane of their own
/// (<see cref="KnownDevices"/>), so that a stranger's guesses keep nobody out.</para>
/// </summary>
internal sealed class Attempts(IServiceScopeFactory scopes, IOptions<AccountsOptions> options, TimeProvider clock)
{
    /// <summary>Guesses in a row that nothing delays.</summary>
    public const int Free = 5;

    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(24);

    /// <summary>How long the lane stays closed after the n-th failure. A day of the last step is 24 guesses.</summary>
    private static readonly (int From, TimeSpan Wait)[] Delays =
    [
        (Free, TimeSpan.FromSeconds(30)),
        (Free + 1, TimeSpan.FromMinutes(1)),
        (Free + 2, TimeSpan.FromMinutes(5)),
        (Free + 3, TimeSpan.FromMinutes(15)),
        (Free + 4, TimeSpan.FromHours(1)),
    ];

    private static readonly TimeSpan AddressWindow = TimeSpan.FromMinutes(10);

    public static byte[] AccountLane(string lookupName) => LaneOf("account", lookupName);

    public static byte[] DeviceLane(Guid device, string lookupName) => LaneOf("device", device.ToString("N"), lookupName);

    public static byte[] AddressLane(string address) => LaneOf("address", address);

    public static byte[] ChallengeLane(string state) => LaneOf("challenge", state);

    public static byte[] CodeLane(Guid accountId) => LaneOf("code", accountId.ToString("N"));

    /// <summary>Takes one guess from the lane. Null when it may be made, else how long the lane is still closed.</summary>
    public async Task<TimeSpan?> TryTakeAsync(byte[] lane)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (await ClosedForAsync(db, lane, now) is { } closed)
        {
            return closed;
        }

        var forgotten = now - (long)Forgotten.TotalMilliseconds;
        int[] from = [.. Delays.Select(delay => delay.From - 1)];
        long[] until = [.. Delays.Select(delay => now + (long)delay.Wait.TotalMilliseconds)];
        var taken = await db.Set<AttemptCounter>().Where(c => c.Lane == lane && c.OpenAt <= now).ExecuteUpdateAsync(
            set => set
                .SetProperty(c => c.Failures, c => c.LastAt < forgotten ? 1 : c.Failures + 1)
                .SetProperty(c => c.OpenAt, c => c.LastAt < forgotten || c.Failures < from[0] ? 0
                    : c.Failures < from[1] ? until[0]
                    : c.Failures < from[2] ? until[1]
                    : c.Failures < from[3] ? until[2]
                    : c.Failures < from[4] ? until[3]
                    : until[4])
                .SetProperty(c => c.LastAt, now),
            CancellationToken.None);
        return taken == 1 ? null : Delays[0].Wait;
    }

    /// <summary>
    /// As <see cref="TryTakeAsync"/> for an address, which may be a whole service hall: many guesses in ten minutes, then none until
    /// the ten minutes are over. It slows one who tries a few passwords on every name.
    /// </summary>
    public async Task<TimeSpan?> TryTakeFromAddressAsync(byte[] lane)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (await ClosedForAsync(db, lane, now) is { } closed)
        {
            return closed;
        }

        // LastAt is when this window began.
        var over = now - (long)AddressWindow.TotalMilliseconds;
        var last = options.Value.FailuresPerAddress - 1;
        var taken = await db.Set<AttemptCounter>().Where(c => c.Lane == lane && c.OpenAt <= now).ExecuteUpdateAsync(
            set => set
                .SetProperty(c => c.Failures, c => c.LastAt <= over ? 1 : c.Failures + 1)
                .SetProperty(c => c.OpenAt, c => c.LastAt <= over || c.Failures < last ? 0 : c.LastAt - over + now)
                .SetProperty(c => c.LastAt, c => c.LastAt <= over ? now : c.LastAt),
            CancellationToken.None);
        return taken == 1 ? null : AddressWindow;
    }

    /// <summary>True the first time only, whoever asks at the same moment: for what must work once.</summary>
    public async Task<bool> TryUseOnceAsync(byte[] what)
    {
        await using var scope = scopes.CreateAsyncScope();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Database.ExecuteSqlAsync(
            $"INSERT INTO attempt_counters (lane, failures, last_at, open_at) VALUES ({what}, 0, {now}, 0) ON CONFLICT DO NOTHING", CancellationToken.None) == 1;
    }

    /// <summary>The guess was right: the lane starts afresh.</summary>
    public Task ForgetAsync(byte[] lane) => InScopeAsync(db => db.Set<AttemptCounter>().Where(c => c.Lane == lane)
        .ExecuteUpdateAsync(set => set.SetProperty(c => c.Failures, 0).SetProperty(c => c.OpenAt, 0), CancellationToken.None));

    /// <summary>The guess was right: it alone is taken back. One's own success must not wipe what others failed at (parse-server 10266).</summary>
    public Task GiveBackAsync(byte[] lane) => InScopeAsync(db => db.Set<AttemptCounter>().Where(c => c.Lane == lane && c.Failures > 0)
        .ExecuteUpdateAsync(set => set.SetProperty(c => c.Failures, c => c.Failures - 1), CancellationToken.None));

    /// <summary>A closed lane is answered by a read: a flood of guesses must not become a flood of writes.</summary>
    private static async Task<TimeSpan?> ClosedForAsync(ServerDbContext db, byte[] lane, long now)
    {
        var openAt = await db.Set<AttemptCounter>().Where(c => c.Lane == lane).Select(c => (long?)c.OpenAt).SingleOrDefaultAsync(CancellationToken.None);
        if (openAt is null)
        {
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO attempt_counters (lane, failures, last_at, open_at) VALUES ({lane}, 0, {now}, 0) ON CONFLICT DO NOTHING", CancellationToken.None);
        }

        return openAt > now ? TimeSpan.FromMilliseconds(openAt.Value - now) : null;
    }

    private async Task InScopeAsync(Func<ServerDbContext, Task> act)
    {
        await using var scope = scopes.CreateAsyncScope();
        await act(scope.ServiceProvider.GetRequiredService<ServerDbContext>());
    }

    private static byte[] LaneOf(params string[] parts) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)));
}
