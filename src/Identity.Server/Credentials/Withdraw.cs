using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>POST /api/credentials/{id}/revoke, /suspend, /resume: the holder's own, on phone or paper.</summary>
internal sealed class Withdraw(ServerDbContext db, ChangeState changes, Once once)
{
    public static void Map(IEndpointRouteBuilder credentials)
    {
        foreach (var (path, change) in new[] { ("revoke", StateChange.Revoke), ("suspend", StateChange.Suspend), ("resume", StateChange.Resume) })
        {
            credentials.MapPost("/{id:guid}/" + path, (Guid id, Request? request, HttpContext http, CancellationToken cancellationToken) =>
                    Again.RunAsync<Withdraw>(http, withdraw => withdraw.AnswerAsync(Caller.Of(http.User), id, change, request?.Reason, cancellationToken)))
                .AddEndpointFilter<OnceFilter>().WithName(path).Produces<Answer>().ProducesProblem(StatusCodes.Status404NotFound);
        }
    }

    private async Task<IResult> AnswerAsync(Caller caller, Guid id, StateChange change, string? reason, CancellationToken cancellationToken) =>
        await HandleAsync(caller, id, change, reason, cancellationToken) switch
        {
            ({ } answer, _) => TypedResults.Ok(answer),
            (_, var refusal) => refusal!.ToResult(),
        };

    public async Task<(Answer? Answer, Refusal? Refusal)> HandleAsync(Caller caller, Guid id, StateChange change, string? reason, CancellationToken cancellationToken)
    {
        if (caller.PersonId is not { } personId)
        {
            return (null, Refusal.NotAPerson);
        }

        if (reason is not null && !Reasons.OfHolders.Contains(reason))
        {
            return (null, Refusal.UnknownReason);
        }

        // Somebody else's is as unknown as one that does not exist.
        var carried = (ICarried?)await db.Set<Holding>().SingleOrDefaultAsync(h => h.Id == id && h.PersonId == personId, cancellationToken)
            ?? await db.Set<PrintedCredential>().SingleOrDefaultAsync(p => p.Id == id && p.PersonId == personId, cancellationToken);
        if (carried is null)
        {
            return (null, Refusal.NotFound);
        }

        if (await changes.ApplyAsync(carried, change, reason, $"account:{caller.AccountId}", byStaff: false, cancellationToken) is { } refusal)
        {
            return (null, refusal);
        }

        var answer = new Answer(carried.Id, Names.Of(carried.State));
        once.Remember(answer);
        await db.SaveChangesAsync(cancellationToken);
        return (answer, null);
    }

    internal sealed record Request(string? Reason) : IRequestBody;

    internal sealed record Answer(Guid Id, string State);
}
