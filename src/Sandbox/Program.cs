using Identity.Server;

var app = ServerHost.Build(ServerHost.CreateBuilder(args));
await ServerHost.PrepareAsync(app);
await app.RunAsync();
