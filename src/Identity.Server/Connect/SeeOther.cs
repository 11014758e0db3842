namespace Identity.Server.Connect;

/// <summary>303: what follows is a GET, whatever this was (RFC 9700 4.12: a 307 would carry a form, and what is in it, along).</summary>
internal sealed class SeeOther(string address) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = address;
        httpContext.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }
}
