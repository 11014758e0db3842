using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Connect;

/// <summary>How long what the OIDC endpoints issue is good.</summary>
internal sealed class ConnectOptions
{
    public const string Section = "Connect";

    /// <summary>
    /// PEM with a P-256 certificate and its key, or PFX: signs tokens. In Development one is made in the key folder; anywhere else
    /// it must be set.
    /// </summary>
    public string? SigningCertificate { get; set; }

    /// <summary>Further ones that are only published: the successor before its day, the predecessor until its tokens have ended.</summary>
    public IList<string> PublishedCertificates { get; init; } = [];

    /// <summary>Short: a client that misses it starts again, a thief that finds one is too late (FAPI 2.0 5.3.2.1).</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:01:00")]
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromSeconds(60);

    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);

    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan IdentityTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>From sign-in to the last renewal; renewing does not extend it. A client's own <c>RefreshLifetime</c> wins.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "366.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// A public client's refresh token that was just replaced still works this long: parallel tabs and lost answers are daily
    /// life. Later use is theft or a copy and ends the family. Confidential clients have no such time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:02:00")]
    public TimeSpan RefreshReuseLeeway { get; set; } = TimeSpan.FromSeconds(30);
}

[OptionsValidator]
internal sealed partial class ConnectOptionsValidator : IValidateOptions<ConnectOptions>;
