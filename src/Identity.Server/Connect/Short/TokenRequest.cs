using System.Text;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>
/// A request to the token endpoint in its plain form: each parameter once, printable and among those that are usual. What reads otherwise
/// is left to the engine, whatever it means.
/// </summary>
internal sealed record TokenRequest(string? GrantType, string? ClientId, string? Secret, string? Assertion, string[] Scopes, string? Code, string? RedirectUri, string? Verifier)
{
    private const string Endpoint = "/connect/token";
    private const string Form = "application/x-www-form-urlencoded";
    private const string Basic = "Basic ";
    private const int LargestBody = 4096;

    private static readonly HashSet<string> Usual = new(StringComparer.Ordinal)
    {
        Parameters.GrantType, Parameters.ClientId, Parameters.ClientSecret, Parameters.ClientAssertion, Parameters.ClientAssertionType, Parameters.Scope,
        Parameters.Code, Parameters.RedirectUri, Parameters.CodeVerifier,
    };

    /// <summary>Cheap enough to be asked of every request.</summary>
    public static bool IsIn(HttpContext http) =>
        http.Request.Path.Value == Endpoint && HttpMethods.IsPost(http.Request.Method) && http.Request.ContentLength is > 0 and <= LargestBody
        && http.Request.ContentType == Form && !http.Request.QueryString.HasValue && !http.Request.Headers.ContainsKey(Proofs.DpopProofs.Header);

    /// <summary>Null for anything but the plain form.</summary>
    public static async Task<TokenRequest?> ReadAsync(HttpRequest request)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // The failed reading is kept with the request: the engine's guard meets the same fault and says what is wrong.
            return null;
        }

        foreach (var (name, values) in form)
        {
            if (!Usual.Contains(name) || values is not [{ Length: > 0 } value] || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                return null;
            }
        }

        var asked = new TokenRequest(
            form[Parameters.GrantType], form[Parameters.ClientId], form[Parameters.ClientSecret], form[Parameters.ClientAssertion], ((string?)form[Parameters.Scope])?.Split(' ') ?? [],
            form[Parameters.Code], form[Parameters.RedirectUri], form[Parameters.CodeVerifier]);
        var hasType = form.TryGetValue(Parameters.ClientAssertionType, out var type);
        if (asked.Scopes.Distinct(StringComparer.Ordinal).Count() != asked.Scopes.Length
            || hasType != (asked.Assertion is not null) || (hasType && type != ClientAssertionTypes.JwtBearer))
        {
            return null;
        }

        return request.Headers.Authorization is [] ? asked : WithHeader(asked, request.Headers.Authorization);
    }

    /// <summary>RFC 6749 2.3.1. Names and secrets that would have to be unescaped are left to the engine.</summary>
    private static TokenRequest? WithHeader(TokenRequest asked, string? header)
    {
        Span<byte> bytes = stackalloc byte[1024];
        if (asked is not { ClientId: null, Secret: null, Assertion: null } || header is not { Length: <= 1024 } || !header.StartsWith(Basic, StringComparison.Ordinal)
            || !Convert.TryFromBase64Chars(header.AsSpan(Basic.Length), bytes, out var length))
        {
            return null;
        }

        return Encoding.Latin1.GetString(bytes[..length]).Split(':') is [{ Length: > 0 } id, { Length: > 0 } secret] && IsPlain(id) && IsPlain(secret)
            ? asked with { ClientId = id, Secret = secret }
            : null;
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny('%', '+');
}
