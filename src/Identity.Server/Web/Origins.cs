using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>
/// The four origins. They are separate so that a script flaw in one page cannot use another's session or keys; one process
/// may serve them all. The login origin is also the OIDC issuer.
/// </summary>
internal sealed class Origins
{
    public const string Section = "Origins";

    /// <summary>Sign-in, OIDC endpoints, account pages and <c>/api</c>.</summary>
    [Required]
    public Uri Login { get; set; } = new("http://localhost:5080");

    [Required]
    public Uri Wallet { get; set; } = new("http://localhost:5083");

    [Required]
    public Uri Verifier { get; set; } = new("http://localhost:5084");

    [Required]
    public Uri Console { get; set; } = new("http://localhost:5085");

    /// <summary>The value a route is bound to with <c>RequireHost</c>: host and port as browsers send them.</summary>
    public static string HostOf(Uri origin) => origin.IsDefaultPort ? origin.Host : $"{origin.Host}:{origin.Port}";

    /// <summary>Whether a request came to the login origin, by its scheme and host; for what answers before routes count.</summary>
    public bool IsLogin(HttpRequest request) => request.Scheme == Login.Scheme && request.Host.Value == HostOf(Login);

    /// <summary>The text form without a trailing slash, as <c>iss</c> and <c>Origin</c> headers spell it.</summary>
    public static string TextOf(Uri origin) => origin.GetLeftPart(UriPartial.Authority);
}

[OptionsValidator]
internal sealed partial class OriginsValidator : IValidateOptions<Origins>;
