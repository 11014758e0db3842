using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Identity.Server.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Audit;

/// <summary>
/// Records what the caller does, in the caller's own transaction: <see cref="Record"/> adds to the same context and the caller's
/// save commits both or neither. A change that cannot be recorded does not happen.
/// </summary>
internal sealed class AuditTrail(ServerDbContext db, IDataProtectionProvider protection, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    // One key a subject and request: asking the database for an older one would cost a read for every write.
    private readonly Dictionary<Guid, (AuditContentKey Row, byte[] Key)> _keys = [];

    /// <param name="what">Its name is in the catalogue (README.md).</param>
    /// <param name="actor"><c>account:GUID</c>, <c>client:ID</c> or <c>system</c>.</param>
    /// <param name="subject">Whom it is about; the details are then erased with that subject.</param>
    /// <param name="details">What a later reader needs; encrypted. Never a code's text, a token or a password.</param>
    public void Record(AuditEvent what, string actor, Guid? subject, object? details = null)
    {
        // What the database does not keep must not be in the digest.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var id = Guid.CreateVersion7(at);
        var salt = RandomNumberGenerator.GetBytes(16);
        Guid? keyId = null;
        byte[]? content = null;
        if (details is not null)
        {
            var key = KeyFor(subject);
            keyId = key.Id;
            content = Encrypt(key.Key, id, JsonSerializer.SerializeToUtf8Bytes(details, details.GetType(), Json));
        }

        db.Add(new AuditEntry
        {
            Id = id,
            At = at,
            What = what.Name,
            Actor = actor,
            SubjectId = subject,
            ContentKeyId = keyId,
            Content = content,
            Salt = salt,
            Digest = AuditDigest.OfEntry(salt, id, at, what.Name, actor, subject, keyId, content),
        });
    }

    /// <summary>The details as JSON; null when there are none or they were erased.</summary>
    public async Task<JsonElement?> ReadAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        if (entry is not { Content: { } content, ContentKeyId: { } keyId }
            || await db.Set<AuditContentKey>().AsNoTracking().SingleOrDefaultAsync(key => key.Id == keyId, cancellationToken) is not { } stored)
        {
            return null;
        }

        var key = Protector.Unprotect(stored.ProtectedKey);
        using var aes = new AesGcm(key, 16);
        var plain = new byte[content.Length - 28];
        aes.Decrypt(content.AsSpan(0, 12), content.AsSpan(28), content.AsSpan(12, 16), plain, entry.Id.ToByteArray(bigEndian: true));
        return JsonSerializer.Deserialize<JsonElement>(plain);
    }

    /// <summary>Makes what was written about a subject unreadable. The entries stay and the log still verifies.</summary>
    public Task<int> EraseAsync(Guid subject, CancellationToken cancellationToken) =>
        db.Set<AuditContentKey>().Where(key => key.SubjectId == subject).ExecuteDeleteAsync(cancellationToken);

    private IDataProtector Protector => protection.CreateProtector("audit-content-keys");

    private (Guid Id, byte[] Key) KeyFor(Guid? subject)
    {
        // A row that the context has forgotten may never have been saved: a retry makes a new one.
        if (!_keys.TryGetValue(subject ?? Guid.Empty, out var known) || db.Entry(known.Row).State == EntityState.Detached)
        {
            var key = RandomNumberGenerator.GetBytes(32);
            known = (new AuditContentKey { Id = Guid.CreateVersion7(time.GetUtcNow()), SubjectId = subject, ProtectedKey = Protector.Protect(key) }, key);
            db.Add(known.Row);
            _keys[subject ?? Guid.Empty] = known;
        }

        return (known.Row.Id, known.Key);
    }

    /// <summary>Nonce, tag, ciphertext. Bound to the entry, so that contents cannot change places.</summary>
    private static byte[] Encrypt(byte[] key, Guid id, byte[] plain)
    {
        var content = new byte[28 + plain.Length];
        RandomNumberGenerator.Fill(content.AsSpan(0, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(content.AsSpan(0, 12), plain, content.AsSpan(28), content.AsSpan(12, 16), id.ToByteArray(bigEndian: true));
        return content;
    }
}
