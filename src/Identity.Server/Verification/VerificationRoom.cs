namespace Identity.Server.Verification;

internal static class VerificationRoom
{
    public static void AddVerification(this IHostApplicationBuilder builder)
    {
    }

    public static void MapVerification(this IEndpointRouteBuilder routes)
    {
    }
}
