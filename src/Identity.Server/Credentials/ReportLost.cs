using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>
/// POST /api/lost (挂失): withdraws whatever is bound to the caller's devices, and personal paper, and signs those devices out; only the
/// device that reports stays. A shop window's code or a vehicle's sticker hangs where it hangs; it goes only when it is named.
/// </summary>
internal sealed class ReportLost(
    ServerDbContext db, ChangeState changes, EndGrant endGrant, IEnumerable<IGrantDirectory> grants, AuditTrail audit, Once once, TimeProvider clock)
{
    private const int MostAlso = 100;

    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/lost", (Request? request, HttpContext http, CancellationToken cancellationToken) =>
                Again.RunAsync<ReportLost>(http, lost => lost.AnswerAsync(Caller.Of(http.User), request?.Also ?? [], cancellationToken)))
            .AddEndpointFilter<OnceFilter>().WithName("lost").Produces<Answer>();

    private async Task<IResult> AnswerAsync(Caller caller, IReadOnlyList<Guid> also, CancellationToken cancellationToken) =>
        await HandleAsync(caller, also, cancellationToken) switch
        {
            ({ } answer, _) => TypedResults.Ok(answer),
            (_, var refusal) => refusal!.ToResult(),
        };

    public async Task<(Answer? Answer, Refusal? Refusal)> HandleAsync(Caller caller, IReadOnlyList<Guid> also, CancellationToken cancellationToken)
    {
        if (caller.PersonId is not { } personId)
        {
            return (null, Refusal.NotAPerson);
        }

        if (also.Count > MostAlso)
        {
            return (null, Refusal.BadRequest("too_many", $"also names at most {MostAlso}."));
        }

        var now = clock.GetUtcNow();
        var holdings = await db.Set<Holding>().Where(h => h.PersonId == personId && h.State != CredentialState.Withdrawn).ToListAsync(cancellationToken);
        var printed = await db.Set<PrintedCredential>()
            .Where(p => p.PersonId == personId && p.ExpiresAt > now && (p.Kind == CredentialKind.Person || also.Contains(p.Id)))
            .ToListAsync(cancellationToken);

        // All or nothing: a list with a foreign or mistyped id must not leave the caller believing that everything is safe.
        if (also.Except(printed.Select(p => p.Id)).Except(holdings.Select(h => h.Id)).Any())
        {
            return (null, Refusal.NotFound);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        ICarried[] all = [.. holdings, .. printed.Where(p => p.State != CredentialState.Withdrawn)];
        var actor = $"account:{caller.AccountId}";
        foreach (var carried in all)
        {
            await changes.ApplyAsync(carried, StateChange.Revoke, Reasons.Lost, actor, byStaff: false, cancellationToken);
        }

        audit.Record(CredentialEvents.ReportedLost, actor, personId, new { withdrawn = all.Length });
        var answer = new Answer([.. all.Select(c => new Item(c.Id, Names.Of(c.Kind), Names.Of(c.Form)))]);
        once.Remember(answer);
        await db.SaveChangesAsync(cancellationToken);

        // The codes are dead; whoever has the phone must not get new ones with the sign-in that is still on it.
        await SignOutPhonesAsync(caller, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var directory in grants)
        {
            directory.Committed();
        }

        return (answer, null);
    }

    private async Task SignOutPhonesAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.AccountId is not { } accountId)
        {
            return;
        }

        foreach (var directory in grants)
        {
            foreach (var phone in await directory.ListAsync(accountId, cancellationToken))
            {
                if (phone.IsWallet && phone.Id != caller.DeviceId)
                {
                    await endGrant.HandleAsync(accountId, phone.Id, cancellationToken);
                }
            }
        }
    }

    internal sealed record Request(IReadOnlyList<Guid>? Also) : IRequestBody;

    internal sealed record Answer(IReadOnlyList<Item> Withdrawn);

    internal sealed record Item(Guid Id, string Kind, string Form);
}
