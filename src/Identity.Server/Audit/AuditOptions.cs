using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Audit;

internal sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>How often committed entries are ordered into the log.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan SequenceEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the head is signed. What happened since can still be cut off unnoticed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan CheckpointEvery { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class AuditOptionsValidator : IValidateOptions<AuditOptions>;
