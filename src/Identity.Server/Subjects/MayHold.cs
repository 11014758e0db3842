using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Subjects.Registers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Subjects;

/// <summary>
/// Whom a person may hold codes for: the person, the enterprises that the register says the person legally represents, the
/// vehicles that it says the person owns. Asking brings our picture of both up to date.
/// </summary>
internal sealed class MayHold(
    ServerDbContext db, SubjectDirectory directory, StateRegisters registers, AuditTrail audit, TimeProvider clock, IOptions<RegistersOptions> options)
{
    private const string Actor = "system";
    private const int Tries = 3;

    /// <summary>All of them, by the registers' word of this moment. Throws <see cref="RegisterUnavailableException"/> when they cannot be asked.</summary>
    public async Task<IReadOnlyList<Subject>> AskAsync(Guid personId, CancellationToken cancellationToken)
    {
        if (await directory.PersonAsync(personId, cancellationToken) is not { } person)
        {
            return [];
        }

        var represented = registers.EnterprisesRepresentedByAsync(person.Number, cancellationToken);
        var owned = registers.VehiclesOwnedByAsync(person.Number, cancellationToken);
        await Task.WhenAll(represented, owned);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await WriteDownAsync(person, await represented, await owned, cancellationToken);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // Another request of the same person heard of the same enterprise or vehicle at the same moment: now it is there.
                db.ChangeTracker.Clear();
            }
        }
    }

    /// <summary>All of them as far as we know, without asking anybody: the mandates that have not ended.</summary>
    public async Task<IReadOnlyList<Subject>> KnownAsync(Guid personId, CancellationToken cancellationToken)
    {
        var open = db.Set<Mandate>().Where(m => m.PersonId == personId && m.EndedAt == null);
        var enterprises = await open.Where(m => m.Kind == CredentialKind.Enterprise)
            .Join(db.Set<Enterprise>(), m => m.SubjectId, e => e.Id, (_, e) => new { e.Id, e.Name }).ToListAsync(cancellationToken);
        var vehicles = await open.Where(m => m.Kind == CredentialKind.Vehicle)
            .Join(db.Set<Vehicle>(), m => m.SubjectId, v => v.Id, (_, v) => new { v.Id, v.PlateNumber }).ToListAsync(cancellationToken);
        return
        [
            new(CredentialKind.Person, personId, ""),
            .. enterprises.Select(e => new Subject(CredentialKind.Enterprise, e.Id, e.Name)),
            .. vehicles.Select(v => new Subject(CredentialKind.Vehicle, v.Id, v.PlateNumber)),
        ];
    }

    /// <summary>Whether a person may hold this subject's codes, by the registers' word of this moment.</summary>
    public async ValueTask<bool> MayAsync(Guid personId, Subject subject, CancellationToken cancellationToken) =>
        subject.Kind == CredentialKind.Person
            ? subject.Id == personId
            : (await AskAsync(personId, cancellationToken)).Any(s => s.Kind == subject.Kind && s.Id == subject.Id);

    /// <summary>
    /// Whether a renewal may go on. Asks the register when its last word is old, and lives with that word for a while when the
    /// register is down: a code that cannot be renewed because something else broke is how whole cities stood at the gate.
    /// </summary>
    public async ValueTask<bool> StillAsync(Guid personId, CredentialKind kind, Guid subjectId, CancellationToken cancellationToken)
    {
        if (kind == CredentialKind.Person)
        {
            return personId == subjectId;
        }

        var now = clock.GetUtcNow();
        var mandate = await db.Set<Mandate>().AsNoTracking()
            .SingleOrDefaultAsync(m => m.PersonId == personId && m.SubjectId == subjectId && m.EndedAt == null, cancellationToken);
        if (mandate is null || now - mandate.ConfirmedAt < options.Value.MandateFresh)
        {
            return mandate is not null;
        }

        try
        {
            return (await AskAsync(personId, cancellationToken)).Any(s => s.Kind == kind && s.Id == subjectId);
        }
        catch (RegisterUnavailableException) when (now - mandate.ConfirmedAt < options.Value.MandateLasts)
        {
            // An answer that broke off in the middle may have been noted in part: the caller's save must not write that.
            db.ChangeTracker.Clear();
            return true;
        }
    }

    private async Task<IReadOnlyList<Subject>> WriteDownAsync(
        PersonFacts person, IReadOnlyList<RegisteredEnterprise> represented, IReadOnlyList<RegisteredVehicle> owned, CancellationToken cancellationToken)
    {
        List<Subject> subjects = [new(CredentialKind.Person, person.Id, person.Name)];
        var now = clock.GetUtcNow();
        var mandates = await db.Set<Mandate>().Where(m => m.PersonId == person.Id).ToListAsync(cancellationToken);
        foreach (var registered in represented.DistinctBy(r => r.Uscc))
        {
            var enterprise = await BringUpToDateAsync(registered, now, cancellationToken);
            if (enterprise.State == SubjectState.Active)
            {
                Confirm(mandates, person.Id, CredentialKind.Enterprise, enterprise.Id, MandateRole.LegalRepresentative, now);
                subjects.Add(new(CredentialKind.Enterprise, enterprise.Id, enterprise.Name));
            }
        }

        foreach (var registered in owned.DistinctBy(r => r.Vin))
        {
            var vehicle = await BringUpToDateAsync(registered, now, cancellationToken);
            if (vehicle.State == SubjectState.Active)
            {
                Confirm(mandates, person.Id, CredentialKind.Vehicle, vehicle.Id, MandateRole.Owner, now);
                subjects.Add(new(CredentialKind.Vehicle, vehicle.Id, vehicle.PlateNumber));
            }
        }

        // What the register no longer says has ended, and with it the right to renew.
        foreach (var ended in mandates.Where(m => m.EndedAt is null && !subjects.Any(s => s.Id == m.SubjectId)))
        {
            ended.EndedAt = now;
            audit.Record(SubjectEvents.MandateEnded, Actor, person.Id, new { ended.Kind, ended.SubjectId });
        }

        await db.SaveChangesAsync(cancellationToken);
        return subjects;
    }

    private async Task<Enterprise> BringUpToDateAsync(RegisteredEnterprise registered, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!Uscc.TryParse(registered.Uscc, out var uscc))
        {
            throw new RegisterUnavailableException("The enterprise register gave a code with wrong check characters.");
        }

        var enterprise = await db.Set<Enterprise>().SingleOrDefaultAsync(e => e.Uscc == uscc.Value, cancellationToken);
        if (enterprise is null)
        {
            enterprise = new Enterprise { Id = Guid.CreateVersion7(now), Uscc = uscc.Value, Name = registered.Name, State = StateOf(registered.State), AsOf = now };
            db.Add(enterprise);
        }

        enterprise.Name = registered.Name;
        enterprise.State = StateOf(registered.State);
        enterprise.EndsOn = registered.EndsOn;
        enterprise.AsOf = Later(enterprise.AsOf, now);
        return enterprise;
    }

    private async Task<Vehicle> BringUpToDateAsync(RegisteredVehicle registered, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!Vin.TryParse(registered.Vin, out var vin) || !Plate.TryParse(registered.PlateKind, registered.PlateNumber, out var plate))
        {
            throw new RegisterUnavailableException("The vehicle register gave a VIN or a plate of no known shape.");
        }

        var vehicle = await db.Set<Vehicle>().SingleOrDefaultAsync(v => v.Vin == vin.Value, cancellationToken);
        if (vehicle is null)
        {
            vehicle = new Vehicle
            {
                Id = Guid.CreateVersion7(now),
                Vin = vin.Value,
                PlateKind = plate.Kind,
                PlateNumber = plate.Number,
                State = StateOf(registered.State),
                AsOf = now,
            };
            db.Add(vehicle);
        }

        vehicle.PlateKind = plate.Kind;
        vehicle.PlateNumber = plate.Number;
        vehicle.State = StateOf(registered.State);
        vehicle.InspectionEndsOn = registered.InspectionEndsOn;
        vehicle.AsOf = Later(vehicle.AsOf, now);
        return vehicle;
    }

    private void Confirm(List<Mandate> mandates, Guid personId, CredentialKind kind, Guid subjectId, MandateRole role, DateTimeOffset now)
    {
        var mandate = mandates.SingleOrDefault(m => m.SubjectId == subjectId);
        if (mandate is null)
        {
            mandate = new Mandate { Id = Guid.CreateVersion7(now), PersonId = personId, Kind = kind, SubjectId = subjectId, Role = role, Since = now, ConfirmedAt = now };
            db.Add(mandate);
            mandates.Add(mandate);
            audit.Record(SubjectEvents.MandateBegan, Actor, personId, new { kind, subjectId });
        }
        else if (mandate.EndedAt is not null)
        {
            (mandate.Since, mandate.EndedAt) = (now, null);
            audit.Record(SubjectEvents.MandateBegan, Actor, personId, new { kind, subjectId });
        }

        mandate.ConfirmedAt = Later(mandate.ConfirmedAt, now);
    }

    // Not every look at a page needs to be a write: "as of" moves on only when it has become old.
    private DateTimeOffset Later(DateTimeOffset before, DateTimeOffset now) => now - before > options.Value.MandateFresh / 2 ? now : before;

    private static SubjectState StateOf(string state) => state switch
    {
        "active" => SubjectState.Active,
        "irregular" => SubjectState.Irregular,
        "ended" => SubjectState.Ended,
        _ => throw new RegisterUnavailableException("A register gave a state that version 1 of the contract does not have."),
    };
}
