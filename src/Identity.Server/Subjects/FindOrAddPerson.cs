using System.Security.Cryptography;
using System.Text;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Subjects;

/// <summary>Something proved, as the one who proved it reports it. <paramref name="Result"/> is kept as a hash.</summary>
internal sealed record Proved(EvidenceMethod Method, string Source, string Result = "");

/// <summary>
/// The person with this document: the one we have, or a new one. The caller has proved what it says it has; evidence that is
/// already on record from the same source is not written twice.
/// </summary>
internal sealed class FindOrAddPerson(ServerDbContext db, IdentityNumbers numbers, AuditTrail audit, TimeProvider clock)
{
    public async Task<Guid> HandleAsync(DocumentNumber number, string name, IReadOnlyList<Proved> proved, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var hash = numbers.Hash(number);
        var person = await db.Set<Person>().Include(p => p.Evidence).SingleOrDefaultAsync(p => p.NumberHash == hash, cancellationToken);
        if (person is null)
        {
            var id = Guid.CreateVersion7(now);
            person = new Person
            {
                Id = id,
                DocumentType = number.Type,
                NumberHash = hash,
                NumberSealed = numbers.Seal(number.Value, id, Person.NumberColumn),
                NameSealed = numbers.Seal(name.Trim(), id, Person.NameColumn),
                AddedAt = now,
            };
            db.Add(person);
            audit.Record(SubjectEvents.PersonAdded, "system", id);
        }

        foreach (var proof in proved)
        {
            var resultHash = SHA256.HashData(Encoding.UTF8.GetBytes(proof.Result));
            if (!person.Evidence.Any(e => e.Method == proof.Method && e.Source == proof.Source && e.ResultHash.AsSpan().SequenceEqual(resultHash)))
            {
                var evidence = new Evidence
                {
                    Id = Guid.CreateVersion7(now),
                    PersonId = person.Id,
                    Method = proof.Method,
                    Source = proof.Source,
                    At = now,
                    ResultHash = resultHash,
                };
                db.Add(evidence);
                audit.Record(SubjectEvents.EvidenceAdded, "system", person.Id, new { evidence.Method, evidence.Source });
            }
        }

        await db.SaveChangesAsync(cancellationToken);
        return person.Id;
    }
}
