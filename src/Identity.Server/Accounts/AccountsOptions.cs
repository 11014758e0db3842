using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>How people sign in and how long that holds.</summary>
internal sealed class AccountsOptions
{
    public const string Section = "Accounts";

    /// <summary>Argon2id memory in KiB. OWASP's and RFC 9106's order of magnitude; raised hashes follow at each sign-in.</summary>
    [Range(8 * 1024, 1024 * 1024)]
    public int PasswordMemoryKib { get; set; } = 19 * 1024;

    /// <summary>Argon2id passes.</summary>
    [Range(1, 16)]
    public int PasswordPasses { get; set; } = 2;

    /// <summary>Threads that do nothing but check passwords; null is one a core.</summary>
    [Range(1, 256)]
    public int? PasswordThreads { get; set; }

    /// <summary>Passwords that may wait; beyond it the answer is 503 with Retry-After. At 13 ms each, 128 wait about a second on two cores.</summary>
    [Range(1, 10_000)]
    public int PasswordQueue { get; set; } = 128;

    /// <summary>Wrong passwords in ten minutes from one address, counted over all browsers that have not signed in before. A service hall shares one.</summary>
    [Range(10, 10_000_000)]
    public int FailuresPerAddress { get; set; } = 100;

    /// <summary>A citizen's session ends after this long without a request.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan CitizenIdle { get; set; } = TimeSpan.FromHours(1);

    /// <summary>And after this long in any case.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan CitizenLongest { get; set; } = TimeSpan.FromHours(24);

    [Range(typeof(TimeSpan), "00:01:00", "00:30:00")]
    public TimeSpan StaffIdle { get; set; } = TimeSpan.FromMinutes(30);

    [Range(typeof(TimeSpan), "00:05:00", "12:00:00")]
    public TimeSpan StaffLongest { get; set; } = TimeSpan.FromHours(12);

    /// <summary>
    /// The highest level that a session opened by a password alone can have (see <see cref="AssuranceRules"/>). A province whose
    /// citizens have passkeys lowers it.
    /// </summary>
    [Range(1, 4)]
    public int PasswordLevel { get; set; } = 4;
}

[OptionsValidator]
internal sealed partial class AccountsOptionsValidator : IValidateOptions<AccountsOptions>;
