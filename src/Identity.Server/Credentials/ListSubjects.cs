using Identity.Server.Subjects;
using Identity.Server.Web;

namespace Identity.Server.Credentials;

/// <summary>GET /api/subjects: whom the caller may hold codes for.</summary>
internal sealed class ListSubjects(MayHold mayHold, ClientSubjects subjects)
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/subjects", async (HttpContext http, ListSubjects list, CancellationToken cancellationToken) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return Caller.Of(http.User) is { PersonId: { } personId } caller
                ? TypedResults.Ok(await list.HandleAsync(caller, personId, cancellationToken))
                : (IResult)Refusal.NotAPerson.ToResult();
        }).WithName("subjects").Produces<IReadOnlyList<Item>>();

    public async Task<IReadOnlyList<Item>> HandleAsync(Caller caller, Guid personId, CancellationToken cancellationToken) =>
    [
        .. from subject in await mayHold.AskAsync(personId, cancellationToken)
           select new Item(subjects.IdOf(caller.ClientId, subject), Names.Of(subject.Kind), ClientSubjects.NameOf(subject)),
    ];

    internal sealed record Item(string Id, string Kind, string Name);
}
