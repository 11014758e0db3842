using System.Net.Http.Headers;

namespace Identity.Server.Tests.Connect;

/// <summary>What makes any <see cref="HttpClient"/> speak DPoP (RFC 9449): a proof with each request, and a token that goes as Bearer goes as DPoP.</summary>
internal sealed class DpopHandler(Signer signer, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private string? _nonce;

    /// <summary>Which requests carry a proof; metadata and keys need none.</summary>
    public Func<Uri, bool> IsFor { get; init; } = static _ => true;

    /// <summary>What else is made anew for a second attempt: a client assertion counts once.</summary>
    public Func<HttpRequestMessage, Task> Prepare { get; init; } = static _ => Task.CompletedTask;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        IsFor(request.RequestUri!) ? DpopTries.TwiceAsync(() => OnceAsync(request, cancellationToken)) : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> OnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await Prepare(request);
        var token = request.Headers.Authorization is { Scheme: "Bearer" or "DPoP", Parameter: { } parameter } ? parameter : null;
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("DPoP", token);
        }

        request.Headers.Remove("DPoP");
        request.Headers.Add("DPoP", signer.Proof(request.Method.Method, request.RequestUri!.GetLeftPart(UriPartial.Path), _nonce, token));
        var answer = await base.SendAsync(request, cancellationToken);
        _nonce = DpopTries.NonceOf(answer, _nonce);
        return answer;
    }
}
