using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.AspNetCore.Diagnostics;

namespace Identity.Server.Credentials;

/// <summary>No key may sign right now: issuing is closed and says so. Verifying, withdrawing and publishing go on.</summary>
internal sealed class IssuingUnavailable : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not KeyUnavailableException || !httpContext.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            return false;
        }

        httpContext.Response.Headers.RetryAfter = "60";
        await Problem.Of(StatusCodes.Status503ServiceUnavailable, "issuing_unavailable", "Codes cannot be signed right now. Try again later.").ExecuteAsync(httpContext);
        return true;
    }
}
