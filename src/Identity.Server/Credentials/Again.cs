using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>
/// Runs a use case again when another transaction changed the same rows in between. Each try has a scope of its own: what the
/// failed one had tracked must not come along.
/// </summary>
internal static class Again
{
    private const int Tries = 4;

    public static async Task<IResult> RunAsync<TUseCase>(HttpContext http, Func<TUseCase, Task<IResult>> use)
        where TUseCase : notnull
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var scope = http.RequestServices.CreateAsyncScope();
            if (http.Features.Get<OnceTicket>() is { } ticket)
            {
                await scope.ServiceProvider.GetRequiredService<Once>().BeginAsync(ticket.AccountId, ticket.Key, ticket.RequestHash, http.RequestAborted);
            }

            try
            {
                return await use(scope.ServiceProvider.GetRequiredService<TUseCase>());
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
            }
        }
    }
}

/// <summary>What <see cref="OnceFilter"/> read from the header.</summary>
internal sealed record OnceTicket(Guid AccountId, string Key, byte[] RequestHash);
