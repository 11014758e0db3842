using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using OneCode;

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

    /// <summary>
    /// With a sign-in of a higher level the same request would go through, and the answer says so (RFC 9470); not where the person
    /// is not known well enough, which no sign-in mends.
    /// </summary>
    public static Refusal LevelTooLow(CredentialKind kind, CredentialForm form, int personLevel) => kind != CredentialKind.Person || IssueRules.IsEnough(kind, form, personLevel)
        ? new(StatusCodes.Status401Unauthorized, "level_too_low", "This code needs a sign-in of a higher assurance level.") { AcrValues = Assurance.NameOf(IssueRules.Needs(kind, form)) }
        : Forbidden("level_too_low", "This code needs a higher assurance level.");

    public static Refusal Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    /// <summary>The levels that would do, where that is what is missing.</summary>
    public string? AcrValues { get; private init; }

    public ProblemHttpResult ToResult()
    {
        var members = new Dictionary<string, object?> { ["code"] = Code, ["error"] = Code };
        if (AcrValues is not null)
        {
            members[InsufficientAuthentication.Member] = AcrValues;
        }

        return TypedResults.Problem(Detail, statusCode: Status, extensions: members);
    }
}
