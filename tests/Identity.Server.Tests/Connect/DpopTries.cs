namespace Identity.Server.Tests.Connect;

/// <summary>RFC 9449 8 and 9: who is told to use the server's nonce tries once more, with a new proof.</summary>
internal static class DpopTries
{
    /// <summary>Sends what <paramref name="send"/> makes, twice at most. It makes its proof anew each time and keeps the nonce of each answer.</summary>
    public static async Task<HttpResponseMessage> TwiceAsync(Func<Task<HttpResponseMessage>> send)
    {
        var answer = await send();
        if (await IsToldToUseNonceAsync(answer))
        {
            answer.Dispose();
            answer = await send();
        }

        return answer;
    }

    /// <summary>The nonce that came with an answer, or the one of before.</summary>
    public static string? NonceOf(HttpResponseMessage answer, string? before) => answer.Headers.TryGetValues("DPoP-Nonce", out var nonces) ? nonces.Single() : before;

    /// <summary>At the token endpoint it stands in the body, at a resource in the header.</summary>
    private static async Task<bool> IsToldToUseNonceAsync(HttpResponseMessage answer)
    {
        if (answer.IsSuccessStatusCode)
        {
            return false;
        }

        // So that whoever comes after can read it too.
        await answer.Content.LoadIntoBufferAsync();
        return answer.Headers.WwwAuthenticate.ToString().Contains("use_dpop_nonce", StringComparison.Ordinal) || await OidcServer.ErrorOfAsync(answer) == "use_dpop_nonce";
    }
}
