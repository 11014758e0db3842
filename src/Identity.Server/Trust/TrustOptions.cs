using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Trust;

/// <summary>Where the keys lie and how long what they sign is good. <c>certs/README.md</c> says which key is for what.</summary>
internal sealed class TrustOptions
{
    public const string Section = "Trust";

    /// <summary>
    /// A folder with one PKCS#8 PEM file a purpose and the master secret. In Development it defaults to <c>.data/keys</c> and is
    /// filled on first run; anywhere else it must be set, and nothing in it is ever made by the server.
    /// </summary>
    public string? KeyFolder { get; set; }

    /// <summary>The trust list that the root keys signed elsewhere; <c>trust-list.cose</c> in the key folder unless set. Development signs its own.</summary>
    public string? TrustListFile { get; set; }

    /// <summary>
    /// The root keys as JSON (a JWK Set with <c>threshold</c>): served for pinning at first use, and the check of
    /// <see cref="TrustListFile"/>; <c>trust-roots.json</c> in the key folder unless set.
    /// </summary>
    public string? RootsFile { get; set; }

    /// <summary>The issuing region in claims: a province is its two GB/T 2260 digits.</summary>
    [RegularExpression("^[0-9A-Z]{1,4}$")]
    public string Region { get; set; } = "34";

    /// <summary>
    /// Regions whose keys Development's own list takes in, as those regions signed them. Elsewhere the roots do that, with <c>onecode trust admit</c>
    /// and <c>levels</c>.
    /// </summary>
    public IList<NeighbourOptions> Neighbours { get; } = [];

    /// <summary>When verifiers should look for a newer trust list.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "366.00:00:00")]
    public TimeSpan TrustListTtl { get; set; } = TimeSpan.FromHours(24);

    /// <summary>When a trust list stops giving certainty.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "366.00:00:00")]
    public TimeSpan TrustListLife { get; set; } = TimeSpan.FromDays(30);
}

/// <summary>Where another region's published files lie.</summary>
internal sealed class NeighbourOptions
{
    /// <summary>Its root keys.</summary>
    public string Roots { get; set; } = string.Empty;

    /// <summary>Its trust list.</summary>
    public string List { get; set; } = string.Empty;

    /// <summary>What its levels 1 to 4 count for here, for example <c>0,1,3,4</c>; as they say unless set.</summary>
    public string? Levels { get; set; }
}

[OptionsValidator]
internal sealed partial class TrustOptionsValidator : IValidateOptions<TrustOptions>;

/// <summary>A mistyped row would let a foreign level count as it says, which is what the row is there to prevent.</summary>
internal sealed class NeighbourOptionsValidator : IValidateOptions<TrustOptions>
{
    public ValidateOptionsResult Validate(string? name, TrustOptions options)
    {
        string[] wrong =
        [
            .. options.Neighbours.Index().Where(neighbour => neighbour.Item.Levels is { } text && !LevelMapping.TryParse(string.Empty, text, out _)).Select(neighbour =>
                $"{TrustOptions.Section}:{nameof(TrustOptions.Neighbours)}:{neighbour.Index}:{nameof(NeighbourOptions.Levels)} is '{neighbour.Item.Levels}'. It is four levels of 0 to 4, none less than the one before, such as 0,1,3,4."),
        ];
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
