using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Status;

/// <summary>Times of the status lists. The defaults are what verifiers are promised.</summary>
internal sealed class StatusOptions
{
    public const string Section = "Status";

    /// <summary>A change is in the signed list after this long at most.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:05:00")]
    public TimeSpan PublishWithin { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>When a verifier should look again, and how often an unchanged list is signed anew.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a list can be relied upon without network.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan ListLife { get; set; } = TimeSpan.FromHours(72);

    /// <summary>How often each node asks the database what changed, when nobody told it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:02")]
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How many shards of 1,048,064 a phone list opens with at least; a day that needs more opens with more.</summary>
    [Range(1, 1296)]
    public int DayShards { get; set; } = 1;
}

[OptionsValidator]
internal sealed partial class StatusOptionsValidator : IValidateOptions<StatusOptions>;
