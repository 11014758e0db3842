namespace OneCode;

/// <summary>What a credential says about its subject: one of three closed sets (SPEC 3.1).</summary>
public abstract record SubjectClaims
{
    private protected SubjectClaims()
    {
    }

    /// <summary>Which of the three.</summary>
    public abstract CredentialKind Kind { get; }
}

/// <summary>Claim 169, cut down to what any camera may see.</summary>
/// <param name="MaskedName">At least one <c>*</c>, at most three other characters.</param>
/// <param name="LastFour">The end of the ID number, for a guard who compares a document: paper only.</param>
public sealed record PersonClaims(string MaskedName, string? LastFour = null) : SubjectClaims
{
    /// <inheritdoc/>
    public override CredentialKind Kind => CredentialKind.Person;
}

/// <summary>Public facts of the register.</summary>
/// <param name="CreditCode">The unified social credit code, 18 characters.</param>
/// <param name="Name">As registered, at most 128 bytes of UTF-8.</param>
/// <param name="KindCode">The register's code for the kind of enterprise, at most 8 bytes.</param>
/// <param name="EndsOn">Last day of the licensed term; absent when it has none.</param>
public sealed record EnterpriseClaims(string CreditCode, string Name, string KindCode, DateOnly? EndsOn = null) : SubjectClaims
{
    /// <inheritdoc/>
    public override CredentialKind Kind => CredentialKind.Enterprise;
}

/// <summary>A vehicle by its plate. A plate alone is no key: the same characters exist as two kinds.</summary>
/// <param name="Plate">As on the plate; masked where the issuer says so.</param>
/// <param name="PlateKind">GA/T 16.7, two digits: <c>02</c> small car, <c>52</c> small new-energy car.</param>
/// <param name="InspectionEndsOn">Last day of the inspection's validity.</param>
public sealed record VehicleClaims(string Plate, string PlateKind, DateOnly? InspectionEndsOn = null) : SubjectClaims
{
    /// <inheritdoc/>
    public override CredentialKind Kind => CredentialKind.Vehicle;
}
