using Microsoft.AspNetCore.Http.HttpResults;

namespace Identity.Server.Web;

/// <summary>RFC 9457 answers. <c>code</c> is stable and documented; <c>detail</c> helps a developer and says nothing to an attacker.</summary>
internal static class Problem
{
    public static ProblemHttpResult Of(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });
}
