using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// Stands before everything else at each endpoint. Nothing that is said twice, nothing giant, nothing that a database or a header
/// would choke on gets in: a parameter that two readers read in two ways is how checks are walked around (CVE-2026-9689), and
/// <c>code=%00</c> must be a bad request and no fault of ours.
/// </summary>
internal sealed class RequestGuard<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    private const int LargestBody = 64 * 1024;
    private const int MostParameters = 64;
    private const int LongestName = 64;
    private const int LongestValue = 4096;

    // JSON Web Tokens may be long.
    private const int LongestToken = 16 * 1024;

    private static readonly HashSet<string> Tokens = new(StringComparer.Ordinal) { "id_token_hint", "client_assertion", "token", "refresh_token", "request", "assertion", "subject_token", "actor_token" };

    // RFC 8707 2: may be said more than once.
    private static readonly HashSet<string> Repeatable = new(StringComparer.Ordinal) { "resource", "audience" };

    // RFC 6749 3.2 and 2.3.1: in the body or a header, never in a URL, which ends in logs and referrers.
    private static readonly string[] NeverInUrl = ["client_secret", "client_assertion", "code_verifier", "refresh_token", "access_token", "token", "password", "subject_token", "actor_token"];

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<TContext>()
        .UseSingletonHandler<RequestGuard<TContext>>()
        .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetRequest<TContext>.Descriptor.Order - 500)
        .Build();

    public async ValueTask HandleAsync(TContext context)
    {
        var request = context.Transaction.GetHttpRequest() ?? throw new InvalidOperationException("There is no HTTP request.");
        if (Fault(request.Query) is { } inQuery)
        {
            context.Reject(Errors.InvalidRequest, inQuery);
            return;
        }

        if (Array.Find(NeverInUrl, request.Query.ContainsKey) is { } secret)
        {
            context.Reject(Errors.InvalidRequest, $"'{secret}' must not stand in a URL.");
            return;
        }

        // Any other kind of body is the engine's to refuse, unread.
        if (!HttpMethods.IsPost(request.Method) || request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return;
        }

        if (request.ContentLength > LargestBody)
        {
            context.Reject(Errors.InvalidRequest, "The body is too large.");
            return;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = LargestBody;
        }

        try
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            if (Fault(form) is { } inForm)
            {
                context.Reject(Errors.InvalidRequest, inForm);
            }
        }
        catch (InvalidDataException)
        {
            // What the form reader throws at more values, longer names or longer values than it takes.
            context.Reject(Errors.InvalidRequest, "The form cannot be read.");
        }
        catch (IOException)
        {
            // A body that is too large or that ends early (BadHttpRequestException is one of these).
            context.Reject(Errors.InvalidRequest, "The body cannot be read.");
        }
    }

    private static string? Fault(IEnumerable<KeyValuePair<string, StringValues>> parameters)
    {
        var count = 0;
        foreach (var (name, values) in parameters)
        {
            if (++count > MostParameters || name.Length > LongestName)
            {
                return "There are too many parameters, or one has too long a name.";
            }

            if (values.Count > 1 && !Repeatable.Contains(name))
            {
                return $"'{Shown(name)}' is there more than once.";
            }

            foreach (var value in values)
            {
                if (value is not null && value.Length > (Tokens.Contains(name) ? LongestToken : LongestValue))
                {
                    return $"'{Shown(name)}' is too long.";
                }

                if (value is not null && value.AsSpan().ContainsAnyInRange('\0', '\x1f'))
                {
                    return $"'{Shown(name)}' has characters that no parameter has.";
                }
            }
        }

        return null;
    }

    // RFC 6749 5.2: an error description holds printable ASCII only.
    private static string Shown(string name) => string.Concat(name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
}
