using Identity.Server;
using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Trust;
using Microsoft.Extensions.Options;

// The root keys' ceremony: certs/README.md.
if (args is ["sign-trust-list", .. var rest])
{
    return await SignTrustList.RunAsync(rest, TimeProvider.System);
}

// Emergency: a key of the OpenID Connect endpoints got out.
if (args is [RotateOidcKeys.Command, .. var settings])
{
    return await RotateOidcKeys.RunAsync(settings, Console.Out);
}

// Staff let a program register clients (RFC 7591).
if (args is [InitialAccessTokens.Command, .. var permission])
{
    return await InitialAccessTokens.RunAsync(permission, Console.Out);
}

try
{
    await using var app = ServerHost.Build(ServerHost.CreateBuilder(args));
    await ServerHost.PrepareAsync(app);
    await app.RunAsync();
    return 0;
}
catch (Exception refusal) when (refusal is StartRefusedException or OptionsValidationException)
{
    await Console.Error.WriteLineAsync("The server does not start. " + refusal.Message);
    return 1;
}
