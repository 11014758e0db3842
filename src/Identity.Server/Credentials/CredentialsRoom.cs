namespace Identity.Server.Credentials;

internal static class CredentialsRoom
{
    public static void AddCredentials(this IHostApplicationBuilder builder)
    {
    }

    public static void MapCredentials(this IEndpointRouteBuilder routes)
    {
    }
}
