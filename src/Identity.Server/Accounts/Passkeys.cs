using System.Text;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>
/// Adding a passkey and signing in with one, on ASP.NET Core Identity's own WebAuthn code. The challenge waits in a protected
/// cookie of this browser and is good for one answer.
/// </summary>
internal sealed class Passkeys(IPasskeyHandler<Account> handler, UserManager<Account> users, PasskeyStore store, Attempts attempts, IDataProtectionProvider protection, IOptions<Origins> origins, TimeProvider clock)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(5);

    // Two cookies, so that the answer to one question is never taken for an answer to the other.
    private readonly SealedCookie adding = new("passkey-add", "/", Lasts, SameSiteMode.Strict, origins.Value.Login, protection, clock);
    private readonly SealedCookie signingIn = new("passkey-get", "/", Lasts, SameSiteMode.Strict, origins.Value.Login, protection, clock);

    /// <summary>What <c>navigator.credentials.create</c> needs.</summary>
    public async Task<string> OfferAsync(HttpContext context, Account account)
    {
        var entity = new PasskeyUserEntity { Id = account.Id.ToString(), Name = account.UserName, DisplayName = account.UserName };
        var made = await handler.MakeCreationOptionsAsync(entity, context);
        adding.Write(context, Encoding.UTF8.GetBytes(made.AttestationState ?? ""));
        return made.CreationOptionsJson;
    }

    public Task RemoveAsync(Account account, byte[] credentialId, CancellationToken cancellationToken) =>
        store.RemovePasskeyAsync(account, credentialId, cancellationToken);

    public async Task<bool> AddAsync(HttpContext context, Account account, string credentialJson, string name)
    {
        if (await TakeAsync(context, adding) is not { } state)
        {
            return false;
        }

        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = context, CredentialJson = credentialJson, AttestationState = state });
        if (!result.Succeeded || result.UserEntity.Id != account.Id.ToString() || await users.FindByPasskeyIdAsync(result.Passkey.CredentialId) is not null)
        {
            return false;
        }

        result.Passkey.Name = name;
        // Not through the manager: it would go on to update the account, which Identity has no part in.
        await store.AddOrUpdatePasskeyAsync(account, result.Passkey, context.RequestAborted);
        return true;
    }

    /// <summary>What <c>navigator.credentials.get</c> needs. It names no account: a list of keys would say who exists.</summary>
    public async Task<string> ChallengeAsync(HttpContext context)
    {
        var made = await handler.MakeRequestOptionsAsync(user: null, context);
        signingIn.Write(context, Encoding.UTF8.GetBytes(made.AssertionState ?? ""));
        return made.RequestOptionsJson;
    }

    public async Task<Account?> SignInAsync(HttpContext context, string credentialJson)
    {
        if (await TakeAsync(context, signingIn) is not { } state)
        {
            return null;
        }

        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = context, CredentialJson = credentialJson, AssertionState = state });
        if (!result.Succeeded || result.User is not { DisabledAt: null } account || !result.Passkey.IsUserVerified)
        {
            return null;
        }

        // Keeps the signature counter, by which a copied authenticator shows.
        await store.AddOrUpdatePasskeyAsync(account, result.Passkey, context.RequestAborted);
        return account;
    }

    private async Task<string?> TakeAsync(HttpContext context, SealedCookie cookie)
    {
        var content = cookie.Read(context);
        cookie.Delete(context);

        // A browser can send a deleted cookie again, with the answer it was deleted for.
        return content is not null && Encoding.UTF8.GetString(content) is var state && await attempts.TryUseOnceAsync(Attempts.ChallengeLane(state)) ? state : null;
    }
}
