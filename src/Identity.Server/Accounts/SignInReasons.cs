using System.Security.Cryptography;
using System.Text.Json;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Accounts;

/// <summary>For which application somebody is asked to sign in, and which level that wants.</summary>
/// <param name="Name">The application's name.</param>
/// <param name="NameEn">In English, where there is one.</param>
/// <param name="Wanted">The assurance level that it asks for; 0 for none.</param>
/// <param name="Now">What the present sign-in counts for; 0 where nobody is signed in.</param>
internal sealed record SignInReason(string Name, string? NameEn, int Wanted, int Now)
{
    public string ShownName => Language.IsEnglish ? NameEn ?? Name : Name;
}

/// <summary>Carries the reason to the sign-in page, sealed: a page of ours must not say what somebody wrote into a link.</summary>
internal sealed class SignInReasons(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Accounts.SignInReasons");

    public string Seal(SignInReason reason) => _protector.Protect(JsonSerializer.Serialize(reason));

    public SignInReason? Open(string? text)
    {
        if (text is not { Length: > 0 and < 4 * 1024 })
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<SignInReason>(_protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            // Not ours, or from before the keys changed: the page does without.
            return null;
        }
    }
}
