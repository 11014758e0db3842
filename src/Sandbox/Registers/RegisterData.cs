using System.Collections.Immutable;

namespace Sandbox.Registers;

internal sealed record PersonEntry(string Name, string State);

internal sealed record EnterpriseEntry(string Uscc, string Name, string State, DateOnly? EndsOn);

internal sealed record VehicleEntry(string Vin, string PlateKind, string PlateNumber, string State, DateOnly? InspectionEndsOn);

/// <summary>What the simulated registers say. Tests let a company change hands by changing it while everything runs.</summary>
internal sealed class RegisterData(TimeProvider clock)
{
    public ImmutableList<Citizen> Citizens { get; set; } = [.. Population.Citizens];

    public ImmutableList<Enterprise> Enterprises { get; set; } = [.. Population.Enterprises];

    public ImmutableList<Vehicle> Vehicles { get; set; } = [.. Population.Vehicles];

    public PersonEntry? FindPerson(string documentType, string number) =>
        documentType == "resident-id" && Citizens.FirstOrDefault(citizen => citizen.IdNumber == number) is { } citizen
            ? new PersonEntry(citizen.Name, "active")
            : null;

    public IEnumerable<EnterpriseEntry> RepresentedBy(string documentType, string number) =>
        from enterprise in Enterprises
        where documentType == "resident-id" && enterprise.LegalRepresentative == number
        select new EnterpriseEntry(enterprise.Uscc, enterprise.Name, "active", EndsOn: null);

    public IEnumerable<VehicleEntry> OwnedBy(string documentType, string number) =>
        from vehicle in Vehicles
        where documentType == "resident-id" && vehicle.Owner == number
        // The inspection is always good for a while, however old the Sandbox gets.
        select new VehicleEntry(vehicle.Vin, vehicle.PlateKind, vehicle.Plate, "active", new DateOnly(clock.GetUtcNow().Year + 1, 12, 31));
}
