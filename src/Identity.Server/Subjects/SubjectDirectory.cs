using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Subjects;

/// <summary>A person in the clear, for the use case that needs it; never kept.</summary>
internal sealed record PersonFacts(Guid Id, DocumentNumber Number, string Name, int Level)
{
    public string MaskedName => Masked.Name(Name);

    public string LastFour => Number.Value[^4..];

    /// <summary>Absent where the document's number does not say it.</summary>
    public DateOnly? BirthDate => ResidentId.TryParse(Number.Value, DateOnly.MaxValue, "123456789", out var id) ? id.BirthDate : null;
}

/// <summary>Something that a person may hold codes of: the person, an enterprise, a vehicle.</summary>
internal sealed record Subject(CredentialKind Kind, Guid Id, string Name);

/// <summary>Who is who, and who may hold codes for whom.</summary>
internal sealed class SubjectDirectory(ServerDbContext db, IdentityNumbers numbers, TimeProvider clock)
{
    /// <summary>The person in the clear, with the level that the evidence gives today. Null when there is none.</summary>
    public async Task<PersonFacts?> PersonAsync(Guid personId, CancellationToken cancellationToken)
    {
        var person = await db.Set<Person>().AsNoTracking().Include(p => p.Evidence).SingleOrDefaultAsync(p => p.Id == personId, cancellationToken);
        return person is null ? null : Open(person);
    }

    public async Task<Guid?> FindPersonAsync(DocumentNumber number, CancellationToken cancellationToken)
    {
        var hash = numbers.Hash(number);
        return await db.Set<Person>().Where(p => p.NumberHash == hash).Select(p => (Guid?)p.Id).SingleOrDefaultAsync(cancellationToken);
    }

    public Task<Enterprise?> EnterpriseAsync(Guid id, CancellationToken cancellationToken) =>
        db.Set<Enterprise>().AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, cancellationToken);

    public Task<Enterprise?> FindEnterpriseAsync(Uscc uscc, CancellationToken cancellationToken) =>
        db.Set<Enterprise>().AsNoTracking().SingleOrDefaultAsync(e => e.Uscc == uscc.Value, cancellationToken);

    public Task<Vehicle?> VehicleAsync(Guid id, CancellationToken cancellationToken) =>
        db.Set<Vehicle>().AsNoTracking().SingleOrDefaultAsync(v => v.Id == id, cancellationToken);

    /// <summary>By VIN, or by plate of whatever kind. Null when the text is neither; a plate may have been two vehicles'.</summary>
    public async Task<List<Guid>?> FindVehiclesAsync(string number, CancellationToken cancellationToken)
    {
        if (Vin.TryParse(number, out var vin))
        {
            return await db.Set<Vehicle>().Where(v => v.Vin == vin.Value).Select(v => v.Id).ToListAsync(cancellationToken);
        }

        var plate = Normalised.Of(number);
        return Plate.IsPlausible(plate)
            ? await db.Set<Vehicle>().Where(v => v.PlateNumber == plate).Select(v => v.Id).ToListAsync(cancellationToken)
            : null;
    }

    /// <summary>What a list shows: a person's name masked, an enterprise's in full, a vehicle's plate.</summary>
    public async Task<string?> NameAsync(CredentialKind kind, Guid id, CancellationToken cancellationToken) => kind switch
    {
        CredentialKind.Person => (await PersonAsync(id, cancellationToken))?.MaskedName,
        CredentialKind.Enterprise => await db.Set<Enterprise>().Where(e => e.Id == id).Select(e => e.Name).SingleOrDefaultAsync(cancellationToken),
        CredentialKind.Vehicle => await db.Set<Vehicle>().Where(v => v.Id == id).Select(v => v.PlateNumber).SingleOrDefaultAsync(cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private PersonFacts Open(Person person)
    {
        var number = numbers.Open(person.NumberSealed, person.Id, Person.NumberColumn);
        // What was valid when it was sealed is valid now.
        return DocumentNumber.TryParse(person.DocumentType, number, DateOnly.MaxValue, out var document)
            ? new PersonFacts(person.Id, document, numbers.Open(person.NameSealed, person.Id, Person.NameColumn), person.LevelAt(clock.GetUtcNow()))
            : throw new InvalidOperationException($"Person {person.Id} has a number that its document's rule refuses.");
    }
}
