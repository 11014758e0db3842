using Microsoft.AspNetCore.Http.HttpResults;

namespace Identity.Server.Credentials;

/// <summary>A no with a stable name. The name stands twice: as <c>code</c> for our clients, as <c>error</c> where OpenID4VCI's look.</summary>
internal sealed record Refusal(int Status, string Code, string Detail)
{
    public static readonly Refusal NotFound = new(StatusCodes.Status404NotFound, "not_found", "There is no such credential of yours.");
    public static readonly Refusal NotAPerson = new(StatusCodes.Status403Forbidden, "person_required", "Only a person who is signed in may hold codes.");
    public static readonly Refusal MayNotHold = new(StatusCodes.Status403Forbidden, "may_not_hold", "No register says that you may hold this subject's codes.");
    public static readonly Refusal UnknownReason = new(StatusCodes.Status400BadRequest, "unknown_reason", "The reason is not one of the closed list.");

    public static Refusal BadRequest(string code, string detail) => new(StatusCodes.Status400BadRequest, code, detail);

    public static Refusal Forbidden(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);

    public static Refusal Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public ProblemHttpResult ToResult() =>
        TypedResults.Problem(Detail, statusCode: Status, extensions: new Dictionary<string, object?> { ["code"] = Code, ["error"] = Code });
}
