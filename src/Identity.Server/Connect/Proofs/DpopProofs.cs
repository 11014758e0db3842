using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.Extensions.Options;

namespace Identity.Server.Connect.Proofs;

/// <summary>What became of the <c>DPoP</c> header.</summary>
internal abstract record DpopOutcome
{
    public sealed record Absent : DpopOutcome;

    /// <param name="Thumbprint">Of the key that was shown to be there (RFC 7638).</param>
    public sealed record Proved(string Thumbprint) : DpopOutcome;

    public sealed record Refused(string Error, string Description) : DpopOutcome;
}

/// <summary>
/// Checks a DPoP proof (RFC 9449 4.3): this key is there, now, for this request, and once. The same check at every endpoint: one that
/// forgets it makes a stolen token good again (CVE-2024-49755).
/// </summary>
internal sealed class DpopProofs(DpopNonces nonces, Replays replays, IOptions<Origins> origins, TimeProvider clock)
{
    public const string Header = "DPoP";
    public const string NonceHeader = "DPoP-Nonce";
    public const string Scheme = "DPoP ";
    public const string InvalidProof = "invalid_dpop_proof";
    public const string UseNonce = "use_dpop_nonce";

    private const int LongestId = 256;

    private static readonly TimeSpan Past = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(30);

    /// <summary>As metadata and challenges spell it.</summary>
    public static string Algorithms { get; } = string.Join(' ', PublicKey.Algorithms);

    /// <summary>With <paramref name="accessToken"/> where one came along; without where one is asked for.</summary>
    public async Task<DpopOutcome> CheckAsync(HttpRequest http, string? accessToken, CancellationToken cancellationToken)
    {
        var headers = http.Headers[Header];
        if (headers.Count == 0)
        {
            return new DpopOutcome.Absent();
        }

        // Whoever uses DPoP gets the next nonce with every answer, so that it never has to ask twice.
        http.HttpContext.Response.Headers[NonceHeader] = nonces.Create();

        // 1-6. One, well formed, of its type, signed with the public key that it brings.
        if (headers.Count > 1 || Jws.Read(headers[0]) is not { } proof)
        {
            return Invalid("There must be one DPoP header, a compact JWS signed with ES256 or PS256.");
        }

        if (proof.HeaderText("typ") != "dpop+jwt")
        {
            return Invalid("The proof's typ must be dpop+jwt.");
        }

        if (!proof.Header.TryGetProperty("jwk", out var jwk) || PublicKey.Read(jwk) is not { } key || !proof.IsSignedBy(key))
        {
            return Invalid("The proof must bring a public P-256 or RSA key as jwk and be signed with it.");
        }

        // 7-8. For this request.
        if (proof.Text("htm") != http.Method)
        {
            return Invalid("The proof's htm must be the request's method.");
        }

        if (!IsFor(proof.Text("htu"), http))
        {
            return Invalid("The proof's htu must be the request's URL without query and fragment.");
        }

        // 9. Made after we said so.
        if (!nonces.IsFresh(proof.Text("nonce"), replays.RemembersSince))
        {
            return new DpopOutcome.Refused(UseNonce, "The proof must have the nonce of the DPoP-Nonce header.");
        }

        // 10. Now, by the client's own clock too.
        var now = clock.GetUtcNow();
        if (proof.Seconds("iat") is not { } issuedAt || issuedAt < (now - Past).ToUnixTimeSeconds() || issuedAt > (now + Ahead).ToUnixTimeSeconds())
        {
            return Invalid("The proof's iat is missing or not of now.");
        }

        // 11. With this token.
        if (accessToken is not null && proof.Text("ath") != Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken))))
        {
            return Invalid("The proof's ath must be the digest of the access token.");
        }

        // Once. Last, so that a proof that is no good uses nothing up.
        if (proof.Text("jti") is not { Length: > 0 and <= LongestId } id)
        {
            return Invalid("The proof's jti is missing or too long.");
        }

        return await replays.TakeAsync(key.Thumbprint, id, now + Past + Ahead, cancellationToken)
            ? new DpopOutcome.Proved(key.Thumbprint)
            : Invalid("The proof was used before.");
    }

    /// <summary>For whoever must use DPoP and does not: the nonce that the next try needs.</summary>
    public void OfferNonce(HttpRequest http) => http.HttpContext.Response.Headers[NonceHeader] = nonces.Create();

    /// <summary>The thumbprint in a token's <c>cnf</c> (RFC 9449 6.1); null for a token that is not bound.</summary>
    public static string? ThumbprintOf(string? confirmation)
    {
        if (confirmation is null)
        {
            return null;
        }

        using var cnf = JsonDocument.Parse(confirmation);
        return cnf.RootElement.TryGetProperty("jkt", out var thumbprint) ? thumbprint.GetString() : throw new InvalidOperationException("A token is bound in a way that we never bind.");
    }

    private static DpopOutcome.Refused Invalid(string description) => new(InvalidProof, description);

    // Compared as parsed (RFC 9449 4.3), against the address that we are known by, whatever Host said.
    private bool IsFor(string? htu, HttpRequest http) =>
        Uri.TryCreate(htu, UriKind.Absolute, out var claimed)
        && claimed.GetLeftPart(UriPartial.Path) == new Uri(origins.Value.Login, http.PathBase + http.Path).GetLeftPart(UriPartial.Path);
}
