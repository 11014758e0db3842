namespace Sandbox.Registers;

/// <summary>The state registers of the province, simulated behind the HTTP contract that a real gateway would speak.</summary>
internal static class RegistersHost
{
    public static async Task<WebApplication> StartAsync(Addresses addresses, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(Addresses.Text(addresses.Registers));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var app = builder.Build();
        await app.StartAsync(cancellationToken);
        return app;
    }
}
