using System.Collections.Concurrent;

namespace Identity.Server.Web;

/// <summary>What the service is for, one word each: what is broken in one must not take the others out of the load balancer.</summary>
internal enum Duty
{
    /// <summary>Enrol, print, withdraw.</summary>
    Issue,

    /// <summary>Judge codes, serve status and trust lists.</summary>
    Verify,

    /// <summary>Sign in, give tokens.</summary>
    Login,
}

/// <summary>A room's word on whether a duty can be done. Registered as many times as there are reasons.</summary>
internal interface IReadinessCheck
{
    IReadOnlyCollection<Duty> Duties { get; }

    /// <summary>Null when ready; else a reason for operators, without anything secret or personal.</summary>
    ValueTask<string?> ProblemAsync(CancellationToken cancellationToken);
}

/// <summary>
/// <c>GET /health/ready</c>: every duty with what keeps it from being done; 200 when all are ready, 503 otherwise.
/// <c>GET /health/ready/{duty}</c> answers for one: point the load balancer of a path at the duty that the path needs.
/// </summary>
internal static class Readiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/ready", (IEnumerable<IReadinessCheck> checks, HttpContext context) => AnswerAsync(checks, Enum.GetValues<Duty>(), context));
        routes.MapGet("/health/ready/{duty}", (string duty, IEnumerable<IReadinessCheck> checks, HttpContext context) =>
            Enum.TryParse<Duty>(duty, ignoreCase: true, out var one) && Enum.IsDefined(one)
                ? AnswerAsync(checks, [one], context)
                : Task.FromResult<IResult>(Problem.Of(StatusCodes.Status404NotFound, "unknown_duty", "issue, verify or login.")));
    }

    private static async Task<IResult> AnswerAsync(IEnumerable<IReadinessCheck> checks, Duty[] duties, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var problems = new ConcurrentDictionary<Duty, ConcurrentBag<string>>();
        await Task.WhenAll(checks.Where(check => check.Duties.Intersect(duties).Any()).Select(async check =>
        {
            if (await AskAsync(check, context.RequestAborted) is { } problem)
            {
                foreach (var duty in check.Duties)
                {
                    problems.GetOrAdd(duty, _ => []).Add(problem);
                }
            }
        }));
        var answer = duties.ToDictionary(
            duty => duty.ToString().ToLowerInvariant(),
            duty => problems.TryGetValue(duty, out var found) ? new State("unavailable", [.. found.Order(StringComparer.Ordinal)]) : new State("ready", []));
        return TypedResults.Json(answer, statusCode: answer.Values.All(state => state.Status == "ready") ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    // A probe that hangs is a probe that failed, and no reason for this one to hang.
    private static async Task<string?> AskAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.ProblemAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"{check.GetType().Name} does not answer.";
        }
    }

    private sealed record State(string Status, IReadOnlyList<string> Problems);
}
