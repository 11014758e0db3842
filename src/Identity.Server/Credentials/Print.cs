using System.Security.Cryptography;
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

/// <summary>A paper form: a person's card, an enterprise's shop window, a vehicle's sticker. Intent, signature, check, release.</summary>
internal sealed partial class Print(
    ServerDbContext db, SubjectStatement statements, MayHold mayHold, StatusIndices indices, KeyRing keys, TrustListSource trustList, CredentialVerifier verifier,
    AuditTrail audit, Once once, TimeProvider clock, IOptions<CredentialsOptions> options, IOptions<TrustOptions> trust, ILogger<Print> log)
{
    // A register's "last day" ends at midnight in Beijing.
    private static readonly TimeSpan BeijingTime = TimeSpan.FromHours(8);

    public async Task<(IssuedCredentials? Answer, Refusal? Refusal)> HandleAsync(Caller caller, Guid personId, Subject subject, CancellationToken cancellationToken)
    {
        // 1. May the person have it, by the registers' word of this moment?
        if (!(await mayHold.MayAsync(personId, subject, cancellationToken))
            || await statements.OfAsync(subject.Kind, subject.Id, CredentialForm.Paper, cancellationToken) is not { IsActive: true } statement)
        {
            return (null, Refusal.MayNotHold);
        }

        var level = subject.Kind == CredentialKind.Person ? Math.Min(caller.Level, statement.PersonLevel) : caller.Level;
        if (!IssueRules.IsEnough(subject.Kind, CredentialForm.Paper, level))
        {
            return (null, Refusal.LevelTooLow(subject.Kind, CredentialForm.Paper, statement.PersonLevel));
        }

        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var expiresAt = EndOf(subject.Kind, statement, now);
        if (expiresAt <= now)
        {
            return (null, Refusal.Conflict("subject_expired", "The registered term or inspection has ended."));
        }

        if (await db.Set<PrintedCredential>().CountAsync(
                p => p.PersonId == personId && p.SubjectId == subject.Id && p.State != CredentialState.Withdrawn && p.ExpiresAt > now, cancellationToken) >= options.Value.MostPrinted)
        {
            return (null, Refusal.Conflict("too_many_printed", "Too many printed codes are in force. Withdraw those that are not used."));
        }

        // 2. Lay out the exact bytes.
        var status = await indices.ForPrintedAsync(subject.Kind, DateOnly.FromDateTime(expiresAt.UtcDateTime), cancellationToken);
        var signer = await keys.SignerAsync((KeyPurpose)subject.Kind, cancellationToken);
        var claims = new CredentialClaims
        {
            Issuer = trust.Value.Region,
            Form = CredentialForm.Paper,
            Subject = statement.Claims,
            IssuedAt = now,
            ValidFrom = now,
            ExpiresAt = expiresAt,
            Status = status,
            Level = IssueRules.LevelIn(subject.Kind, CredentialForm.Paper, level),
        };
        var prepared = CredentialIssuer.Prepare(claims, signer.KeyId, signer.Algorithm);

        // 3. Record the intent before the signature exists. If we crash between here and step 6, the record can be withdrawn; the
        // other order could leave a valid code that nobody knows of.
        var printed = new PrintedCredential
        {
            Id = Guid.CreateVersion7(now),
            AccountId = caller.AccountId!.Value,
            PersonId = personId,
            Kind = subject.Kind,
            SubjectId = subject.Id,
            StatusList = status.List,
            StatusIndex = status.Index,
            KeyId = signer.KeyId.ToBytes(),
            ToBeSignedHash = SHA256.HashData(prepared.ToBeSigned.Span),
            State = CredentialState.Prepared,
            IssuedAt = now,
            ExpiresAt = expiresAt,
            ChangedAt = now,
        };
        db.Add(printed);
        var actor = $"account:{caller.AccountId}";
        audit.Record(CredentialEvents.PrintPrepared, actor, subject.Id);
        await db.SaveChangesAsync(cancellationToken);

        // 4. Sign, once. No cancellation: the intent is on record, so finish what it says.
        var signed = await prepared.CompleteAsync(signer, CancellationToken.None);

        // 5. Read it back as a stranger would, and compare with the intent: linted bytes are signed bytes.
        Check(signed, printed);

        // 6. Issued, committed, and only then handed out.
        printed.State = CredentialState.InForce;
        audit.Record(CredentialEvents.PrintIssued, actor, subject.Id);
        var answer = new IssuedCredentials([IssuedCredential.Of(printed.Id, signed)]);
        once.Remember(answer);
        await db.SaveChangesAsync(CancellationToken.None);
        Printed(subject.Kind, status.List, status.Index);
        return (answer, null);
    }

    private DateTimeOffset EndOf(CredentialKind kind, Statement statement, DateTimeOffset now)
    {
        var life = kind switch
        {
            CredentialKind.Person => options.Value.PersonPaperLife,
            CredentialKind.Enterprise => options.Value.EnterprisePaperLife,
            _ => options.Value.VehiclePaperLife,
        };
        if (statement.LastDay is not { } lastDay)
        {
            return now + life;
        }

        var end = new DateTimeOffset(lastDay.AddDays(1), TimeOnly.MinValue, BeijingTime).ToUniversalTime();
        return kind == CredentialKind.Enterprise && now + life < end ? now + life : end;
    }

    private void Check(SignedCredential signed, PrintedCredential intent)
    {
        if (!verifier.TryExamine(signed.CodeText, trustList.Current.List, out var read, out var verdict))
        {
            throw new InvalidOperationException($"A credential that was just signed is refused: {verdict}.");
        }

        var again = CredentialIssuer.Prepare(read.Claims, new KeyId(intent.KeyId), read.SignedBy.PublicKey.Algorithm);
        if (!SHA256.HashData(again.ToBeSigned.Span).AsSpan().SequenceEqual(intent.ToBeSignedHash))
        {
            throw new InvalidOperationException("A credential that was just signed does not say what was intended.");
        }
    }

    [LoggerMessage(2002, LogLevel.Information, "Printed a {Kind} credential, status {List}/{Index}")]
    private partial void Printed(CredentialKind kind, string list, int index);
}
