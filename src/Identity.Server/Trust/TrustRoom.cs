namespace Identity.Server.Trust;

internal static class TrustRoom
{
    public static void AddTrust(this IHostApplicationBuilder builder)
    {
    }

    public static void MapTrust(this IEndpointRouteBuilder routes)
    {
    }

    public static Task PrepareTrustAsync(this WebApplication app) => Task.CompletedTask;
}
