using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>
/// A phone's codes: the first time its right to carry them is written down, committed, and only then signed; afterwards they are
/// signed anew and nothing is written at all.
/// </summary>
internal sealed partial class Enrol(
    ServerDbContext db, SubjectStatement statements, MayHold mayHold, DenseNumbers numbers, StatusIndices indices, KeyRing keys, IEnumerable<IGrantDirectory> grants, AuditTrail audit, Once once,
    TimeProvider clock, IOptions<CredentialsOptions> options, IOptions<TrustOptions> trust, ILogger<Enrol> log)
{
    public async Task<(IssuedCredentials? Answer, Refusal? Refusal)> HandleAsync(
        Caller caller, Guid personId, Subject subject, IReadOnlyList<DeviceKey> holders, CancellationToken cancellationToken)
    {
        // 1. Who asks, and from where?
        if (caller.DeviceId is not { } device)
        {
            return (null, Refusal.Forbidden("device_required", "Only a wallet carries codes: this client is none."));
        }

        // 2. The holding: an old one that still stands, or a new one. May this person have it, and how well are they known?
        var holding = await db.Set<Holding>().AsNoTracking()
            .SingleOrDefaultAsync(h => h.DeviceId == device && h.SubjectId == subject.Id && h.Kind == subject.Kind, cancellationToken);
        if (holding is { State: not CredentialState.InForce })
        {
            return (null, Refusal.Forbidden(
                holding.State == CredentialState.Suspended ? "credential_suspended" : "credential_revoked",
                "This phone's right to carry the code was withdrawn. Sign in again on the phone to start anew."));
        }

        var isRenewal = holding is not null;
        if (!await (isRenewal
                ? mayHold.StillAsync(personId, subject.Kind, subject.Id, cancellationToken)
                : mayHold.MayAsync(personId, subject, cancellationToken)))
        {
            return (null, Refusal.MayNotHold);
        }

        // Read after the registers were asked: a code says what they say now, not what they said last time.
        if (await statements.OfAsync(subject.Kind, subject.Id, CredentialForm.Phone, cancellationToken) is not { IsActive: true } statement)
        {
            return (null, Refusal.MayNotHold);
        }

        var level = subject.Kind == CredentialKind.Person ? Math.Min(caller.Level, statement.PersonLevel) : caller.Level;
        if (!IssueRules.IsEnough(subject.Kind, CredentialForm.Phone, level))
        {
            return (null, Refusal.LevelTooLow(subject.Kind, CredentialForm.Phone, statement.PersonLevel));
        }

        if (holding is null)
        {
            if (await TooManyDevicesAsync(personId, device, cancellationToken))
            {
                return (null, Refusal.Conflict("too_many_devices", $"Codes are on {options.Value.MostDevices} devices already. End one in the account pages."));
            }

            holding = await WriteAsync(caller, device, personId, subject, cancellationToken);
            if (holding is null)
            {
                return (null, Refusal.Forbidden("device_ended", "This phone was signed out at the same moment. Sign in again on the phone."));
            }
        }

        // 3. One credential a key, each beginning where the one before ends.
        var purpose = (KeyPurpose)subject.Kind;
        var signer = await keys.SignerAsync(purpose, cancellationToken);
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var validFrom = now;
        var issued = new List<IssuedCredential>(holders.Count);
        foreach (var holder in holders)
        {
            var expiresAt = validFrom + options.Value.PhoneLife;
            var claims = new CredentialClaims
            {
                Issuer = trust.Value.Region,
                Form = CredentialForm.Phone,
                Subject = statement.Claims,
                IssuedAt = now,
                ValidFrom = validFrom,
                ExpiresAt = expiresAt,
                Status = await indices.ForHoldingAsync(subject.Kind, holding.Number, DateOnly.FromDateTime(expiresAt.UtcDateTime), cancellationToken),
                Level = IssueRules.LevelIn(subject.Kind, CredentialForm.Phone, level),
                Holder = holder,
            };
            var signed = await CredentialIssuer.Prepare(claims, signer.KeyId, signer.Algorithm).CompleteAsync(signer, CancellationToken.None);
            issued.Add(IssuedCredential.Of(holding.Id, signed));
            validFrom = expiresAt;
        }

        var answer = new IssuedCredentials(issued);
        if (once.IsBegun)
        {
            once.Remember(answer);
            await db.SaveChangesAsync(cancellationToken);
        }

        Signed(subject.Kind, issued.Count, isRenewal);
        return (answer, null);
    }

    private async Task<bool> TooManyDevicesAsync(Guid personId, string device, CancellationToken cancellationToken) =>
        await db.Set<Holding>()
            .Where(h => h.PersonId == personId && h.DeviceId != device && h.State != CredentialState.Withdrawn)
            .Select(h => h.DeviceId).Distinct().CountAsync(cancellationToken) >= options.Value.MostDevices;

    // The intent and its audit entry, committed before anything is signed: what is signed can always be found and withdrawn. Null when
    // the device was ended since its token was looked at: what ends with a device must not begin behind its back.
    private async Task<Holding?> WriteAsync(Caller caller, string device, Guid personId, Subject subject, CancellationToken cancellationToken)
    {
        var number = await numbers.NextAsync(StatusNames.HoldingNumbers(subject.Kind), cancellationToken);
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (!await StandsAsync(caller.AccountId!.Value, device, cancellationToken))
            {
                return null;
            }

            var now = clock.GetUtcNow();
            var holding = new Holding
            {
                Id = Guid.CreateVersion7(now),
                DeviceId = device,
                AccountId = caller.AccountId!.Value,
                PersonId = personId,
                Kind = subject.Kind,
                SubjectId = subject.Id,
                Number = number,
                State = CredentialState.InForce,
                EnrolledAt = now,
                ChangedAt = now,
            };
            db.Add(holding);
            audit.Record(CredentialEvents.Enrolled, $"account:{caller.AccountId}", subject.Id);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return holding;
            }
            catch (DbUpdateException)
            {
                // The same phone asked twice at the same moment and the other request was first. Its holding is ours; if there is none,
                // the save failed for a reason of its own.
                db.ChangeTracker.Clear();
            }
        }

        return await db.Set<Holding>().AsNoTracking()
            .SingleOrDefaultAsync(h => h.DeviceId == device && h.SubjectId == subject.Id && h.Kind == subject.Kind && h.State == CredentialState.InForce, cancellationToken)
            ?? throw new InvalidOperationException("The holding could not be written.");
    }

    private async Task<bool> StandsAsync(Guid accountId, string device, CancellationToken cancellationToken)
    {
        foreach (var directory in grants)
        {
            if (await directory.HoldAsync(accountId, device, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    // Never the subject, never the text: a log line must not be able to become a code.
    [LoggerMessage(2001, LogLevel.Information, "Signed {Count} phone credentials of kind {Kind}; renewal: {IsRenewal}")]
    private partial void Signed(CredentialKind kind, int count, bool isRenewal);
}
