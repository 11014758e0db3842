using System.Security.Cryptography;
using System.Text;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OtpNet;

namespace Identity.Server.Accounts;

/// <summary>Makes an account's recovery codes, shown once; the ones before stop working.</summary>
internal sealed class RecoveryCodes(ServerDbContext db, AuditTrail audit, TimeProvider clock)
{
    private const int Count = 10;

    public static byte[] HashOf(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code.ToUpperInvariant()));

    /// <summary>Sixteen letters and digits each, in groups of four. Old ones go and new ones come together or not at all.</summary>
    public async Task<IReadOnlyList<string>> RenewAsync(Guid accountId, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Set<RecoveryCode>().Where(c => c.AccountId == accountId).ExecuteDeleteAsync(cancellationToken);
        var codes = Enumerable.Range(0, Count).Select(_ => Base32Encoding.ToString(RandomNumberGenerator.GetBytes(10))).ToList();
        var now = clock.GetUtcNow();
        db.AddRange(codes.Select(code => new RecoveryCode { Id = Guid.CreateVersion7(now), AccountId = accountId, Hash = HashOf(code) }));
        audit.Record(AccountEvents.RecoveryCodesRenewed, AccountEvents.ActorOf(accountId), accountId);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. codes.Select(code => string.Join('-', code.Chunk(4).Select(part => new string(part))))];
    }
}
