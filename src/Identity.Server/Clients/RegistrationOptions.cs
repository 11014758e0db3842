using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>Who may register clients, and what an unreviewed one may do.</summary>
internal sealed class RegistrationOptions
{
    public const string Section = "Registration";

    /// <summary>The assurance level that a developer's session needs: somebody must answer for what the application does.</summary>
    [Range(1, 4)]
    public int DeveloperLevel { get; set; } = 2;

    [Range(1, 1_000)]
    public int ClientsPerDeveloper { get; set; } = 20;

    [Range(1, 100)]
    public int TestersPerClient { get; set; } = 20;

    /// <summary>
    /// Until somebody else has reviewed a client it is for its owner and the testers who agreed. By default everywhere but in
    /// Development, where all people are invented.
    /// </summary>
    public bool? RestrictUnreviewed { get; set; }

    /// <summary>How long the secret before a new one stays good.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan SecretOverlap { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Different failures that are kept for each client.</summary>
    [Range(1, 1_000)]
    public int FailuresPerClient { get; set; } = 50;
}

[OptionsValidator]
internal sealed partial class RegistrationOptionsValidator : IValidateOptions<RegistrationOptions>;
