using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Connect.Privacy;

/// <summary>
/// What the consent page asks, sealed: the request itself may have been pushed and then does not stand in any address. Good for the one
/// person in the one session that it was made for: begun in one browser and finished in another, it counts for nothing.
/// </summary>
internal sealed record ConsentTicket(string ClientId, Guid AccountId, string Sid, IReadOnlyList<string> Scopes, IReadOnlyList<string> Required);

/// <summary>Makes and reads what goes through the person's hands between the authorization endpoint and the consent page.</summary>
internal sealed class ConsentTickets(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>The parameter that a refusal comes back in; no specification knows it.</summary>
    public const string RefusedParameter = "onecode_refused";

    /// <summary>The parameter that says since when an answer counts as new (<c>prompt=consent</c>); no specification knows it.</summary>
    public const string SinceParameter = "onecode_asked";

    private static readonly TimeSpan Good = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan RefusalGood = TimeSpan.FromMinutes(5);

    private readonly IDataProtector _tickets = protection.CreateProtector("Connect.Consent.Ticket");
    private readonly IDataProtector _refusals = protection.CreateProtector("Connect.Consent.Refusal");

    public string Seal(ConsentTicket ticket) => Seal(_tickets, ticket);

    public ConsentTicket? Open(string? text) => Open(_tickets, text, Good);

    public string SealRefusal(ConsentTicket ticket) => Seal(_refusals, ticket);

    /// <summary>Whether this person has just refused this application this.</summary>
    public bool IsRefusal(string? text, ConsentTicket now) =>
        Open(_refusals, text, RefusalGood) is { } refused && refused.ClientId == now.ClientId && refused.AccountId == now.AccountId && refused.Sid == now.Sid && refused.Scopes.SequenceEqual(now.Scopes);

    private string Seal(IDataProtector protector, ConsentTicket ticket) => protector.Protect(JsonSerializer.Serialize(new Sealed(clock.GetUtcNow(), ticket)));

    private ConsentTicket? Open(IDataProtector protector, string? text, TimeSpan good)
    {
        if (text is not { Length: > 0 and < 8 * 1024 })
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Sealed>(protector.Unprotect(text)) is { } opened && clock.GetUtcNow() - opened.At < good ? opened.Ticket : null;
        }
        catch (CryptographicException)
        {
            // Not ours, or from before the keys changed: the authorization endpoint makes another.
            return null;
        }
    }

    private sealed record Sealed(DateTimeOffset At, ConsentTicket Ticket);
}
