using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Accounts;

/// <summary>A WebAuthn credential of an account, as ASP.NET Core Identity's <see cref="UserPasskeyInfo"/> describes it.</summary>
internal sealed class Passkey
{
    public required byte[] CredentialId { get; init; }

    public required Guid AccountId { get; init; }

    public required byte[] PublicKey { get; init; }

    /// <summary>What the person calls it.</summary>
    public string? Name { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required long SignCount { get; set; }

    public required string[] Transports { get; init; }

    public required bool IsUserVerified { get; set; }

    public required bool IsBackupEligible { get; init; }

    public required bool IsBackedUp { get; set; }

    public required byte[] AttestationObject { get; init; }

    public required byte[] ClientDataJson { get; init; }

    public static Passkey Of(Account account, UserPasskeyInfo info) => new()
    {
        CredentialId = info.CredentialId,
        AccountId = account.Id,
        PublicKey = info.PublicKey,
        Name = info.Name,
        CreatedAt = info.CreatedAt,
        SignCount = info.SignCount,
        Transports = info.Transports ?? [],
        IsUserVerified = info.IsUserVerified,
        IsBackupEligible = info.IsBackupEligible,
        IsBackedUp = info.IsBackedUp,
        AttestationObject = info.AttestationObject,
        ClientDataJson = info.ClientDataJson,
    };

    public UserPasskeyInfo ToInfo() =>
        new(CredentialId, PublicKey, CreatedAt, (uint)SignCount, Transports, IsUserVerified, IsBackupEligible, IsBackedUp, AttestationObject, ClientDataJson) { Name = Name };
}

internal sealed class PasskeyConfiguration : IEntityTypeConfiguration<Passkey>
{
    public void Configure(EntityTypeBuilder<Passkey> passkey)
    {
        passkey.ToTable("passkeys");

        // "Whose key signed this?", asked by every sign-in with one.
        passkey.HasKey(p => p.CredentialId);
        passkey.Property(p => p.CredentialId).HasMaxLength(1023);
        passkey.Property(p => p.Name).HasMaxLength(100);
        passkey.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountId).OnDelete(DeleteBehavior.Cascade);

        // "Which passkeys does this account have?"
        passkey.HasIndex(p => p.AccountId);
    }
}
