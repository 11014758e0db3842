using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>How much is let in, and from whom.</summary>
internal sealed class WebOptions
{
    public const string Section = "Web";

    /// <summary>
    /// Networks (<c>10.0.0.0/8</c>) of the proxies in front. Only their <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c>
    /// are believed; with none configured, nobody's are.
    /// </summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>Further origins whose scripts may call <c>/api</c>, beside wallet and verifier. Browser clients reach the token endpoints by their registration.</summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>
    /// Networks (<c>10.20.0.0/16</c>) of our own that an application's logout address may be in (<see cref="OutboundGuard"/>). Any other
    /// address that is not public is refused, whatever name leads to it; Development allows loopback.
    /// </summary>
    public IList<string> InternalNetworks { get; } = [];

    /// <summary>Open connections; more are refused at the door.</summary>
    [Range(100, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Requests at work at the same time; as many again may wait. What is over that gets 503 at once.</summary>
    [Range(10, 100_000)]
    public int MaxConcurrentRequests { get; set; } = 1_000;

    /// <summary>Sign-in forms that one address may send in a minute. A whole service hall shares an address.</summary>
    [Range(10, 1_000_000)]
    public int SignInsPerMinute { get; set; } = 600;

    /// <summary>
    /// Calls a second from one address to the endpoints where clients prove themselves, with bursts of ten times as many. An
    /// application of a whole province calls from one address and stays far below; guessing and flooding do not.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ClientCallsPerSecond { get; set; } = 1_000;

    /// <summary>Anonymous API calls a second from one address, with bursts of ten times as many.</summary>
    [Range(1, 1_000_000)]
    public int AnonymousCallsPerSecond { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class WebOptionsValidator : IValidateOptions<WebOptions>;
