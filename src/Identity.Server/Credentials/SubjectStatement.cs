using System.Text;
using Identity.Server.Subjects;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>What a code says about its subject: what any camera may see, and when it must end at the latest.</summary>
internal sealed record Statement(SubjectClaims Claims, int PersonLevel, DateOnly? LastDay, bool IsActive);

/// <summary>Reads a subject and says it in the format's words.</summary>
internal sealed class SubjectStatement(SubjectDirectory directory)
{
    // The format's bound, in bytes of UTF-8.
    private const int LongestName = 128;

    // A presentation with it, everything else at its longest and SM2 twice, is a symbol of version 15: what is larger does not scan off a phone.
    private const int LongestNameOnPhone = 72;

    public async Task<Statement?> OfAsync(CredentialKind kind, Guid subjectId, CredentialForm form, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case CredentialKind.Person when await directory.PersonAsync(subjectId, cancellationToken) is { } person:
                return new(new PersonClaims(person.MaskedName, form == CredentialForm.Paper ? person.LastFour : null), person.Level, null, IsActive: true);
            case CredentialKind.Enterprise when await directory.EnterpriseAsync(subjectId, cancellationToken) is { } enterprise:
                return new(
                    new EnterpriseClaims(enterprise.Uscc, Shortened(enterprise.Name, form), enterprise.Uscc[..2], enterprise.EndsOn),
                    0, enterprise.EndsOn, enterprise.State == SubjectState.Active);
            case CredentialKind.Vehicle when await directory.VehicleAsync(subjectId, cancellationToken) is { } vehicle:
                return new(
                    new VehicleClaims(vehicle.PlateNumber, vehicle.PlateKind, vehicle.InspectionEndsOn),
                    0, vehicle.InspectionEndsOn, vehicle.State == SubjectState.Active);
            default:
                return null;
        }
    }

    /// <summary>The name as far as the form has room for it, with an ellipsis where it had not.</summary>
    internal static string Shortened(string name, CredentialForm form)
    {
        var longest = form == CredentialForm.Phone ? LongestNameOnPhone : LongestName;
        if (Encoding.UTF8.GetByteCount(name) <= longest)
        {
            return name;
        }

        var text = new StringBuilder();
        var length = "…".Length * 3;
        foreach (var rune in name.EnumerateRunes())
        {
            length += rune.Utf8SequenceLength;
            if (length > longest)
            {
                break;
            }

            text.Append(rune.ToString());
        }

        return text.Append('…').ToString();
    }
}
