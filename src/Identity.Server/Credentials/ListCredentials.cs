using System.Text.Json.Serialization;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>GET /api/credentials: what the caller has in force, on every device and on paper. Never the texts: they are kept nowhere.</summary>
internal sealed class ListCredentials(ServerDbContext db, SubjectDirectory directory, ClientSubjects subjects, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder credentials) =>
        credentials.MapGet("", async (HttpContext http, ListCredentials list, CancellationToken cancellationToken) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return Caller.Of(http.User) is { PersonId: { } personId } caller
                ? TypedResults.Ok(new Answer(await list.HandleAsync(caller, personId, cancellationToken)))
                : (IResult)Refusal.NotAPerson.ToResult();
        }).WithName("credentials").Produces<Answer>();

    public async Task<IReadOnlyList<Item>> HandleAsync(Caller caller, Guid personId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var holdings = await db.Set<Holding>().AsNoTracking()
            .Where(h => h.PersonId == personId && h.State != CredentialState.Withdrawn).OrderBy(h => h.EnrolledAt).ToListAsync(cancellationToken);
        var printed = await db.Set<PrintedCredential>().AsNoTracking()
            .Where(p => p.PersonId == personId && p.ExpiresAt > now && (p.State == CredentialState.InForce || p.State == CredentialState.Suspended))
            .OrderBy(p => p.IssuedAt).ToListAsync(cancellationToken);

        var names = new Dictionary<Guid, string>();
        foreach (var (kind, id) in holdings.Select(h => (h.Kind, h.SubjectId)).Concat(printed.Select(p => (p.Kind, p.SubjectId))).Distinct())
        {
            names[id] = await directory.NameAsync(kind, id, cancellationToken) ?? "";
        }

        return
        [
            .. holdings.Select(h => ItemOf(h, h.EnrolledAt, null, h.DeviceId)),
            .. printed.Select(p => ItemOf(p, p.IssuedAt, p.ExpiresAt, null)),
        ];

        Item ItemOf(ICarried carried, DateTimeOffset issuedAt, DateTimeOffset? expiresAt, string? device) => new(
            carried.Id, Names.Of(carried.Kind), Names.Of(carried.Form), Names.Of(carried.State),
            subjects.IdOf(caller.ClientId, new Subject(carried.Kind, carried.SubjectId, "")), names[carried.SubjectId], issuedAt, expiresAt,
            device is null ? null : device == caller.DeviceId);
    }

    internal sealed record Answer(IReadOnlyList<Item> Credentials);

    /// <summary>A phone's holding has no end (it is renewed) and says whether it is the caller's own device's.</summary>
    internal sealed record Item(
        Guid Id,
        string Kind,
        string Form,
        string State,
        string Subject,
        string Name,
        DateTimeOffset IssuedAt,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ExpiresAt,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? ThisDevice);
}
