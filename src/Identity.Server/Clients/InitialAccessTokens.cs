using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Clients;

/// <summary>Gives out, takes and ends the permissions to register clients (RFC 7591 3).</summary>
internal sealed class InitialAccessTokens(ServerDbContext db, AuditTrail audit, TimeProvider clock)
{
    public const string Command = "issue-initial-access-token";

    private const string Usage = """
        usage: Identity.Server issue-initial-access-token --for TEXT [--uses N] [--days N] [--skips-review true]

          Prints a token with which a program registers N clients (1) at /connect/register within N days (30). The security officer
          reviews each before it is open to everybody; with --skips-review nobody does, and whoever gives the token away answers for
          them. It is told this once; --end ID takes one back. Takes the settings that the
          server takes (files, environment, --ConnectionStrings:Database=...). Recorded in the audit trail.
        """;

    /// <summary>The command line's door: the same settings as the server, none of its ports.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var builder = ServerHost.CreateBuilder(args);
        var settings = builder.Configuration;
        var (purpose, end) = (settings["for"], settings["end"]);
        if (!int.TryParse(settings["uses"] ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out var uses) || uses is < 1 or > 1_000
            || !int.TryParse(settings["days"] ?? "30", NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days is < 1 or > 366
            || (purpose is not { Length: > 0 and <= 200 } && !Guid.TryParse(end, out _)))
        {
            await output.WriteLineAsync(Usage);
            return 64;
        }

        await using var app = builder.Build();
        await using var scope = app.Services.CreateAsyncScope();
        var tokens = scope.ServiceProvider.GetRequiredService<InitialAccessTokens>();
        if (Guid.TryParse(end, out var ended))
        {
            await tokens.EndAsync(ended, "system", CancellationToken.None);
            await output.WriteLineAsync($"{ended} is good no longer.");
            return 0;
        }

        var (id, token) = await tokens.IssueAsync(purpose!, uses, TimeSpan.FromDays(days), "system", string.Equals(settings["skips-review"], "true", StringComparison.OrdinalIgnoreCase), CancellationToken.None);
        await output.WriteLineAsync($"{token}\n{id}, for {uses} client(s) within {days} day(s). It is not shown again.");
        return 0;
    }

    public async Task<(Guid Id, string Token)> IssueAsync(string purpose, int uses, TimeSpan life, string actor, bool skipsReview, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (await KeepAsync(token, purpose, uses, life, actor, skipsReview, cancellationToken), token);
    }

    /// <summary>For a token that is known beforehand (the Sandbox's). One that is there already stays as it is.</summary>
    public async Task PlantAsync(string token, string purpose, int uses, TimeSpan life, CancellationToken cancellationToken)
    {
        var digest = DigestOf(token);
        if (!await db.Set<InitialAccessToken>().AnyAsync(known => known.Digest == digest, cancellationToken))
        {
            await KeepAsync(token, purpose, uses, life, "system", skipsReview: false, cancellationToken);
        }
    }

    /// <summary>Uses it once; null where it is unknown, used up or past. Of two at the same moment the last use goes to one.</summary>
    public async Task<(Guid Id, bool SkipsReview)?> TakeAsync(string? text, CancellationToken cancellationToken)
    {
        if (text is not { Length: > 0 and <= 128 })
        {
            return null;
        }

        var digest = DigestOf(text);
        var now = clock.GetUtcNow();
        var taken = await db.Set<InitialAccessToken>().Where(known => known.Digest == digest && known.UsesLeft > 0 && known.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(known => known.UsesLeft, known => known.UsesLeft - 1), cancellationToken);
        if (taken == 0)
        {
            return null;
        }

        var token = await db.Set<InitialAccessToken>().AsNoTracking().SingleAsync(known => known.Digest == digest, cancellationToken);
        return (token.Id, token.SkipsReview);
    }

    /// <summary>Nothing came of the use.</summary>
    public Task GiveBackAsync(Guid id, CancellationToken cancellationToken) =>
        db.Set<InitialAccessToken>().Where(known => known.Id == id).ExecuteUpdateAsync(set => set.SetProperty(known => known.UsesLeft, known => known.UsesLeft + 1), cancellationToken);

    public async Task EndAsync(Guid id, string actor, CancellationToken cancellationToken)
    {
        if (await db.Set<InitialAccessToken>().FindAsync([id], cancellationToken) is { } known)
        {
            known.UsesLeft = 0;
            audit.Record(ClientEvents.InitialAccessTokenEnded, actor, subject: null, new { Token = id });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    private async Task<Guid> KeepAsync(string token, string purpose, int uses, TimeSpan life, string actor, bool skipsReview, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var made = new InitialAccessToken
        {
            Id = Guid.CreateVersion7(now),
            Digest = DigestOf(token),
            Purpose = purpose,
            IssuedBy = actor,
            IssuedAt = now,
            ExpiresAt = now + life,
            UsesLeft = uses,
            SkipsReview = skipsReview,
        };
        db.Add(made);
        audit.Record(ClientEvents.InitialAccessTokenIssued, actor, subject: null, new { Token = made.Id, Purpose = purpose, Uses = uses, SkipsReview = skipsReview });
        await db.SaveChangesAsync(cancellationToken);
        return made.Id;
    }

    private static byte[] DigestOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
