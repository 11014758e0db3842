namespace Identity.Server.Accounts;

internal static class AccountsRoom
{
    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
    }
}
