using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>
/// A protected cookie that a browser gets by signing in: it says "this account signed in here before" and proves nothing else.
/// Guesses from it are counted apart, so that strangers who guess cannot keep the owner out.
/// </summary>
internal sealed class KnownDevices(IDataProtectionProvider protection, IOptions<Origins> origins, TimeProvider clock)
{
    private const int MostAccounts = 8;
    private static readonly TimeSpan Lasts = TimeSpan.FromDays(180);

    private readonly SealedCookie cookie = new("device", "/", Lasts, SameSiteMode.Lax, origins.Value.Login, protection, clock);

    /// <summary>The device's id if this account signed in from it before.</summary>
    public Guid? Find(HttpContext context, string lookupName) =>
        Read(context) is { } device && device.Accounts.Contains(MarkOf(device.Id, lookupName)) ? device.Id : null;

    public void Remember(HttpContext context, string lookupName)
    {
        var now = clock.GetUtcNow();
        var device = Read(context) ?? new Device(Guid.CreateVersion7(now), []);
        var mark = MarkOf(device.Id, lookupName);
        device = device with { Accounts = [mark, .. device.Accounts.Where(known => known != mark).Take(MostAccounts - 1)] };
        cookie.Write(context, JsonSerializer.SerializeToUtf8Bytes(device));
    }

    private Device? Read(HttpContext context) => cookie.Read(context) is { } content ? JsonSerializer.Deserialize<Device>(content) : null;

    // Names are not kept in the cookie, even sealed: its length would tell how many and how long.
    private static string MarkOf(Guid device, string lookupName) =>
        Convert.ToHexString(HMACSHA256.HashData(device.ToByteArray(), Encoding.UTF8.GetBytes(lookupName)), 0, 8);

    private sealed record Device(Guid Id, IReadOnlyList<string> Accounts);
}
