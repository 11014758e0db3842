using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Connect;

/// <summary>How long what the OIDC endpoints issue is good.</summary>
internal sealed class ConnectOptions
{
    public const string Section = "Connect";

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

    /// <summary>How long after proving who one is a session counts for level 4; after that, and with a new proof again, for 3 at most.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Level4Within { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The same for level 3.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Level3Within { get; set; } = TimeSpan.FromHours(12);

    /// <summary>
    /// A public client's refresh token that was just replaced still works this long: parallel tabs and lost answers are daily
    /// life. Later use is theft or a copy and ends the family. Confidential clients have no such time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:02:00")]
    public TimeSpan RefreshReuseLeeway { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a key signs before the next one takes over.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "366.00:00:00")]
    public TimeSpan KeyRotateEvery { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How long a key is published before it signs. Longer than any application keeps the key set without asking: ASP.NET Core's handler
    /// keeps it for 12 hours.
    /// </summary>
    [Range(typeof(TimeSpan), "00:02:00", "60.00:00:00")]
    public TimeSpan KeyAnnounceFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often each node looks what keys there are; an emergency rotation reaches every node within this time.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeyLookEvery { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>What a range cannot say: a key must reach every node, and every application that keeps the key set, before it works.</summary>
internal sealed class KeyTimes : IValidateOptions<ConnectOptions>
{
    public ValidateOptionsResult Validate(string? name, ConnectOptions options) =>
        options.KeyAnnounceFor < 4 * options.KeyLookEvery || options.KeyRotateEvery < 2 * options.KeyAnnounceFor
            ? ValidateOptionsResult.Fail("Connect:KeyAnnounceFor must be at least four times KeyLookEvery, and KeyRotateEvery at least twice KeyAnnounceFor.")
            : ValidateOptionsResult.Success;
}

[OptionsValidator]
internal sealed partial class ConnectOptionsValidator : IValidateOptions<ConnectOptions>;
