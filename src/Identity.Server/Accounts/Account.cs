using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Accounts;

/// <summary>What an account may do. Citizens act for themselves; the three staff roles are kept apart (等保三权分立).</summary>
internal enum AccountRole
{
    Citizen,
    Operator,
    Security,
    Auditor,
}

/// <summary>Somebody who can sign in. A citizen's account belongs to one person; staff have none.</summary>
internal sealed class Account
{
    public required Guid Id { get; init; }

    /// <summary>As the person wrote it, for showing.</summary>
    public required string UserName { get; init; }

    /// <summary>As <see cref="UserNames.Lookup"/> folds it: what is searched and counted by.</summary>
    public required string LookupName { get; init; }

    public Guid? PersonId { get; init; }

    public AccountRole Role { get; init; }

    /// <summary>PHC string: the parameters travel with the hash, so that they can be raised at the next sign-in.</summary>
    public required string PasswordHash { get; set; }

    /// <summary>Sealed; staff only.</summary>
    public byte[]? TotpSecret { get; set; }

    /// <summary>The last 30 s step whose code was taken. A code is good once, and so is every older one.</summary>
    public long TotpStep { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DisabledAt { get; set; }

    public bool IsStaff => Role != AccountRole.Citizen;
}

internal sealed class AccountConfiguration : IEntityTypeConfiguration<Account>
{
    public void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts");
        account.Property(a => a.UserName).HasMaxLength(UserNames.Longest);
        account.Property(a => a.LookupName).HasMaxLength(UserNames.Longest);
        account.Property(a => a.PasswordHash).HasMaxLength(200);
        account.Property(a => a.Role).HasConversion<string>().HasMaxLength(16);

        // "Who signs in under this name?" One name, one account, however it is typed.
        account.HasIndex(a => a.LookupName).IsUnique();

        // "Which account is this person's?"
        account.HasIndex(a => a.PersonId).IsUnique();
    }
}
