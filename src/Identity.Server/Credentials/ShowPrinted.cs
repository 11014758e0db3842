using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>A printed code to look at: its claims and the text for its picture.</summary>
internal sealed record PrintedSheet(Guid Id, CredentialClaims Claims, string PrintText)
{
    public Qr Qr => Qr.Of(PrintText, Claims.Kind);
}

/// <summary>
/// Shows a code that was printed just now. Texts are kept nowhere in the clear; what opens one again is the key under which it was
/// asked for (<see cref="Once"/>), for a day. After that one prints a new code.
/// </summary>
internal sealed class ShowPrinted(Once once, CredentialVerifier verifier, TrustListSource trust, IOptions<Origins> origins)
{
    public static void Map(IEndpointRouteBuilder account, IEndpointRouteBuilder credentials)
    {
        account.MapGet("/account/codes/{id:guid}/qr.{format:regex(^(svg|png)$)}", (Guid id, string format, string? key, HttpContext http, ShowPrinted show, CancellationToken cancellationToken) =>
            show.PictureAsync(Caller.Of(http.User), id, key, format, http, cancellationToken));
        credentials.MapGet("/{id:guid}/qr.{format:regex(^(svg|png)$)}", (Guid id, string format, HttpContext http, ShowPrinted show, CancellationToken cancellationToken) =>
                show.PictureAsync(Caller.Of(http.User), id, http.Request.Headers[OnceFilter.Header], format, http, cancellationToken))
            .WithName("qr");
    }

    /// <summary>Null when this key opens nothing, or something else.</summary>
    public async Task<PrintedSheet?> FindAsync(Caller caller, Guid id, string? key, CancellationToken cancellationToken)
    {
        if (caller.AccountId is not { } accountId || key is not { Length: > 0 and <= 128 }
            || await once.FindAsync(accountId, key, cancellationToken) is not { } answer
            || !answer.TryGetProperty("credentials", out var credentials) || credentials.GetArrayLength() != 1
            || credentials[0].GetProperty("id").GetGuid() != id || credentials[0].GetProperty("form").GetString() != "paper")
        {
            return null;
        }

        var text = credentials[0].GetProperty("text").GetString()!;
        return verifier.TryExamine(text, trust.Current.List, out var credential, out _)
            ? new PrintedSheet(id, credential.Claims, CodeText.EncodePrint(CodeText.Decode(text), Origins.HostOf(origins.Value.Verifier)))
            : null;
    }

    private async Task<Results<ContentHttpResult, FileContentHttpResult, ProblemHttpResult>> PictureAsync(
        Caller caller, Guid id, string? key, string format, HttpContext http, CancellationToken cancellationToken)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await FindAsync(caller, id, key, cancellationToken) is not { } sheet)
        {
            return Refusal.NotFound.ToResult();
        }

        return format == "svg"
            ? TypedResults.Text(sheet.Qr.ToSvg(), "image/svg+xml")
            : TypedResults.Bytes(sheet.Qr.ToPng(), "image/png");
    }
}
