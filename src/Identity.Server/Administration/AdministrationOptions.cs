using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Identity.Server.Administration;

/// <summary>How much one member of staff may do before somebody has to look.</summary>
internal sealed class AdministrationOptions
{
    public const string Section = "Administration";

    /// <summary>The console's secret as a client of our own server; the client itself is <c>Clients:console</c>.</summary>
    public const string SecretKey = "Clients:console:Secret";

    /// <summary>Changes of codes that one operator may make in an hour. One that needs more needs a second person (郑州, June 2022: 1,317).</summary>
    [Range(1, 10_000)]
    public int ChangesPerHour { get; set; } = 30;

    /// <summary>Searches that one operator may make in an hour.</summary>
    [Range(1, 100_000)]
    public int SearchesPerHour { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class AdministrationOptionsValidator : IValidateOptions<AdministrationOptions>;
