using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Subjects.Registers;

/// <summary>Where the state registers, or the gateway before them, are reached.</summary>
internal sealed class RegistersOptions
{
    public const string Section = "Registers";

    /// <summary>Base address of the contract in <c>README.md</c>. Plain HTTP is accepted for loopback only.</summary>
    [Required]
    public Uri Address { get; set; } = new("http://localhost:5090");

    /// <summary>Sent as a bearer token when set.</summary>
    public string? Key { get; set; }

    /// <summary>After it the answer is "try later". A person waits for this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a register's word about a mandate is good enough to renew a code without asking again, while the register
    /// cannot be reached. Enrolling and printing always ask.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan MandateLasts { get; set; } = TimeSpan.FromHours(24);

    /// <summary>After this a renewal asks the register again. A former legal representative can renew at most this long.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MandateFresh { get; set; } = TimeSpan.FromMinutes(10);
}

[OptionsValidator]
internal sealed partial class RegistersOptionsValidator : IValidateOptions<RegistersOptions>;
