using Identity.Server;
using Identity.Server.Trust;

// The root keys' ceremony: certs/README.md.
if (args is ["sign-trust-list", .. var rest])
{
    return await SignTrustList.RunAsync(rest, TimeProvider.System);
}

var app = ServerHost.Build(ServerHost.CreateBuilder(args));
await ServerHost.PrepareAsync(app);
await app.RunAsync();
return 0;
