using Identity.Server.Web;
using Microsoft.AspNetCore.Diagnostics;

namespace Identity.Server.Subjects.Registers;

/// <summary>
/// A register could not be asked, or answered what nobody can read. An exception, because no caller may go on: without the
/// register there is no identity, and a guessed one is worse than none.
/// </summary>
internal sealed class RegisterUnavailableException : Exception
{
    public RegisterUnavailableException()
    {
    }

    public RegisterUnavailableException(string message)
        : base(message)
    {
    }

    public RegisterUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Says it to the client: 503 with <c>register_unavailable</c> and when to try again. Pages say it in their own words.</summary>
internal sealed class RegisterUnavailableHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not RegisterUnavailableException || !httpContext.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            return false;
        }

        httpContext.Response.Headers.RetryAfter = "30";
        await Problem.Of(StatusCodes.Status503ServiceUnavailable, "register_unavailable", "A state register cannot be reached. Try again later.")
            .ExecuteAsync(httpContext);
        return true;
    }
}
