using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Credentials;

/// <summary>Lives and limits of codes. The defaults are the table of times that the format was designed with.</summary>
internal sealed class CredentialsOptions
{
    public const string Section = "Credentials";

    /// <summary>A phone credential. A copied one dies with it, so keep it short.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "1.00:00:00")]
    public TimeSpan PhoneLife { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A person's paper card.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "366.00:00:00")]
    public TimeSpan PersonPaperLife { get; set; } = TimeSpan.FromDays(365);

    /// <summary>A shop window's code; its status decides, not its age.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "1827.00:00:00")]
    public TimeSpan EnterprisePaperLife { get; set; } = TimeSpan.FromDays(1826);

    /// <summary>A sticker of a vehicle whose register gives no end of inspection.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "1827.00:00:00")]
    public TimeSpan VehiclePaperLife { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Devices that may carry codes for one person.</summary>
    [Range(1, 100)]
    public int MostDevices { get; set; } = 5;

    /// <summary>Printed codes of one subject in force at a time. A press gone wrong stops here.</summary>
    [Range(1, 1000)]
    public int MostPrinted { get; set; } = 20;

    /// <summary>How long a nonce for holder proofs is good.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan NonceLife { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the answer to an <c>Idempotency-Key</c> is kept.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan AnswersKept { get; set; } = TimeSpan.FromHours(24);
}

[OptionsValidator]
internal sealed partial class CredentialsOptionsValidator : IValidateOptions<CredentialsOptions>;
