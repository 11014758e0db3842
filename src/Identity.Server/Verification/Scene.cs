using System.ComponentModel.DataAnnotations;
using Identity.Server.Clients;
using OneCode;

namespace Identity.Server.Verification;

/// <summary>
/// A registered purpose of verification: what for, by which law, who may ask, what they are told, until when. There is no
/// verification beyond it: codes that grew into passes for everything are why.
/// </summary>
internal sealed class Scene
{
    /// <summary>The key of its section; what <c>scene</c> names.</summary>
    public string Code { get; set; } = "";

    [Required]
    public string Purpose { get; set; } = "";

    [Required]
    public string LegalBasis { get; set; } = "";

    public VerifierLevel Level { get; set; }

    /// <summary>Kinds of codes that this scene looks at.</summary>
    public IList<CredentialKind> Kinds { get; init; } = [];

    /// <summary>Names of <see cref="Disclosure"/>'s table.</summary>
    public IList<string> Fields { get; init; } = [];

    /// <summary>The last day. A scene without an end is a scene that nobody looks at again.</summary>
    public DateOnly EndsOn { get; set; }
}
