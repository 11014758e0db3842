using Microsoft.AspNetCore.Diagnostics;


namespace Identity.Server.Web;

/// <summary>People get a page that says what to do, programs get RFC 9457. Neither learns what went wrong inside; both get an id that the log has too.</summary>
internal static class Errors
{
    private static readonly PathString[] ForPrograms = ["/api", "/connect", "/.well-known", "/status", "/trust", "/health", "/metrics", "/openapi", "/assets"];

    public static void Add(IServiceCollection services) => services.AddExceptionHandler<DatabaseAway>().AddProblemDetails(options => options.CustomizeProblemDetails = context =>
    {
        var problem = context.ProblemDetails;
        problem.Extensions.TryAdd("code", CodeOf(problem.Status ?? context.HttpContext.Response.StatusCode));
        problem.Extensions["traceId"] = IdOf(context.HttpContext);
        if (problem.Extensions.TryGetValue(InsufficientAuthentication.Member, out var levels) && levels is string acrValues)
        {
            InsufficientAuthentication.Challenge(context.HttpContext, acrValues);
        }

        if (context.Exception is not null && !DatabaseAway.Is(context.Exception))
        {
            problem.Detail = "Something went wrong on our side. Quote the traceId when you report it.";
        }
    });

    public static void Use(WebApplication app)
    {
        app.UseWhen(context => !WantsPage(context), programs =>
        {
            programs.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = StatusOf, SuppressDiagnosticsCallback = IsExpected });
            programs.UseStatusCodePages();
        });
        app.UseWhen(WantsPage, people =>
        {
            people.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error", StatusCodeSelector = StatusOf, SuppressDiagnosticsCallback = IsExpected });
            people.UseStatusCodePagesWithReExecute("/error");
        });
    }

    /// <summary>What a person can read out to the help desk.</summary>
    public static string IdOf(HttpContext context) => System.Diagnostics.Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    private static bool WantsPage(HttpContext context) =>
        !Array.Exists(ForPrograms, prefix => context.Request.Path.StartsWithSegments(prefix, StringComparison.Ordinal))
        || context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        OverloadedException => StatusCodes.Status503ServiceUnavailable,
        _ when DatabaseAway.Is(exception) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    // A flood must not also flood the log.
    private static bool IsExpected(ExceptionHandlerSuppressDiagnosticsContext context) => context.Exception is OverloadedException or BadHttpRequestException || DatabaseAway.Is(context.Exception);

    private static string CodeOf(int status) => status switch
    {
        400 => "bad_request",
        401 => "unauthenticated",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        413 => "too_large",
        415 => "unsupported_media_type",
        429 => "too_many_requests",
        503 => "try_later",
        >= 500 => "internal_error",
        _ => "error",
    };
}
