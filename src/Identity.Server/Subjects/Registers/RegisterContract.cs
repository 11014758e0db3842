namespace Identity.Server.Subjects.Registers;

// The wire types of the register contract, version 1. README.md beside this file is the contract itself; a property here is a
// member there, in camel case.

/// <summary>Asks about a person. In a body, never in a URL: addresses are logged.</summary>
internal sealed record PersonQuestion(string DocumentType, string Number);

internal sealed record RegisteredPerson(string Name, string State);

internal sealed record RegisteredEnterprises(IReadOnlyList<RegisteredEnterprise> Enterprises);

internal sealed record RegisteredEnterprise(string Uscc, string Name, string State, DateOnly? EndsOn);

internal sealed record RegisteredVehicles(IReadOnlyList<RegisteredVehicle> Vehicles);

internal sealed record RegisteredVehicle(string Vin, string PlateKind, string PlateNumber, string State, DateOnly? InspectionEndsOn);
