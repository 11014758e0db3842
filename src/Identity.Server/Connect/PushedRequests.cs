using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>
/// How long a pushed request (RFC 9126) is good. A client gets a minute to send the person here. Signing in takes a person longer
/// than that, so who has come in time may come back from it later: the address that they come back to carries a mark of ours. With
/// the code that it leads to, the request is used up.
/// </summary>
internal sealed class PushedRequests(IDataProtectionProvider protection, TimeProvider clock) : IOpenIddictServerHandler<ApplyPushedAuthorizationResponseContext>
{
    /// <summary>The parameter with the mark; no specification knows it.</summary>
    public const string Parameter = "onecode_came";

    /// <summary>From pushing to the person's arrival (FAPI 2.0 5.3.2.2: less than 600 seconds).</summary>
    public static readonly TimeSpan Arrival = TimeSpan.FromSeconds(60);

    /// <summary>From arrival to the code.</summary>
    public static readonly TimeSpan Stay = TimeSpan.FromMinutes(30);

    private readonly IDataProtector _protector = protection.CreateProtector("Connect.PushedRequests");

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ApplyPushedAuthorizationResponseContext>()
        .UseSingletonHandler<PushedRequests>()
        .SetOrder(int.MinValue + 100_000)
        .Build();

    /// <summary>The engine keeps it for the whole stay; the client is told how long it has.</summary>
    public ValueTask HandleAsync(ApplyPushedAuthorizationResponseContext context)
    {
        if (context.Error is null && context.Response.RequestUri is not null)
        {
            context.Response.ExpiresIn = (long)Arrival.TotalSeconds;
        }

        return ValueTask.CompletedTask;
    }

    public string Mark(string requestUri) => _protector.Protect($"{clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)} {requestUri}");

    public bool IsInTime(HttpRequest http, string requestUri, ClaimsPrincipal token) =>
        clock.GetUtcNow() - token.GetCreationDate() <= Arrival || HasCome(http.Query[Parameter], requestUri);

    private bool HasCome(string? mark, string requestUri)
    {
        if (mark is not { Length: > 0 })
        {
            return false;
        }

        try
        {
            return _protector.Unprotect(mark).Split(' ') is [var came, var uri] && uri == requestUri
                && clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(came, CultureInfo.InvariantCulture)) <= Stay;
        }
        catch (CryptographicException)
        {
            // Not our mark.
            return false;
        }
    }
}
