using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Connect.Logout;

/// <summary>Makes logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4), signed like identity tokens and never mistaken for one: own type, no nonce.</summary>
internal sealed class LogoutTokens(
    OidcKeyRing ring, ClientDirectory clients, PairwiseSubjects subjects, IOptions<Origins> origins, TimeProvider clock)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    /// <summary>Section 4: short, so that a leaked one is worth little.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(2);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    public string For(LogoutDelivery delivery)
    {
        var now = clock.GetUtcNow();
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = "logout+jwt",
            Issuer = Origins.TextOf(origins.Value.Login),
            Audience = delivery.ClientId,
            IssuedAt = now.UtcDateTime,
            Expires = (now + Life).UtcDateTime,
            Claims = new Dictionary<string, object>
            {
                ["jti"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
                ["sub"] = subjects.Of(delivery.AccountId.ToString(), delivery.ClientId),
                ["sid"] = delivery.Sid,
                ["events"] = new Dictionary<string, object> { [Event] = new Dictionary<string, object>() },
            },
            SigningCredentials = ring.Active(clients.Find(delivery.ClientId) is { ReadsRs256: true } ? OidcKeyUse.SigningRsa : OidcKeyUse.Signing).Signing,
        });
    }
}
