using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>
/// The one table from which a session's level follows: the lower of what is known about the person (evidence, kept by
/// <c>Subjects</c>) and what the way of signing in can carry.
/// <list type="table">
/// <item><term>password</term><description><see cref="AccountsOptions.PasswordLevel"/></description></item>
/// <item><term>password and one-time code</term><description>4</description></item>
/// <item><term>passkey, always with user verification</term><description>4</description></item>
/// </list>
/// How somebody signed in is told apart from how well they are known: <c>amr</c> says the one, <c>acr</c> the other.
/// </summary>
internal sealed class AssuranceRules(ServerDbContext db, IOptions<AccountsOptions> options, TimeProvider clock)
{
    /// <summary>Staff and whoever has no person behind the account: nothing is proved.</summary>
    private const int Unproved = 1;

    public async Task<int> LevelOfAsync(Account account, IReadOnlyList<string> amr, CancellationToken cancellationToken)
    {
        if (account.PersonId is not { } personId)
        {
            return Unproved;
        }

        var person = await db.Set<Person>().AsNoTracking().Include(p => p.Evidence).SingleOrDefaultAsync(p => p.Id == personId, cancellationToken);
        return person is null ? Unproved : Math.Min(person.LevelAt(clock.GetUtcNow()), CeilingOf(amr));
    }

    private int CeilingOf(IReadOnlyList<string> amr) => amr.Contains(Amr.MultiFactor) ? 4 : options.Value.PasswordLevel;
}

/// <summary>Names of RFC 8176 that we use.</summary>
internal static class Amr
{
    public const string Password = "pwd";
    public const string OneTimeCode = "otp";
    public const string MultiFactor = "mfa";

    /// <summary>A passkey: proof of possession of a key.</summary>
    public const string Passkey = "pop";
}
