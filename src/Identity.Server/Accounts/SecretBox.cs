using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Accounts;

/// <summary>Seals an account's second-factor secret. The account is part of the seal: a secret copied to another row opens nothing.</summary>
internal sealed class SecretBox(IDataProtectionProvider protection)
{
    public byte[] Seal(Guid accountId, byte[] secret) => Of(accountId).Protect(secret);

    public byte[] Open(Guid accountId, byte[] box) => Of(accountId).Unprotect(box);

    private IDataProtector Of(Guid accountId) => protection.CreateProtector("Accounts.SecretBox", accountId.ToString("N"));
}
