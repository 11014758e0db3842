using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;

namespace Identity.Server.Web;

/// <summary>Without the database nothing is written and nothing is kept in memory for later: "try later", with when. Not a fault to be reported.</summary>
internal sealed class DatabaseAway : IExceptionHandler
{
    private const string Seconds = "2";

    /// <summary>Whether it is an outage that passes, wherever in the chain it is named.</summary>
    public static bool Is(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is DbException { IsTransient: true })
            {
                return true;
            }
        }

        return false;
    }

    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (Is(exception))
        {
            httpContext.Response.Headers.RetryAfter = Seconds;
        }

        // The status and the text are those of every other 503.
        return ValueTask.FromResult(false);
    }
}
