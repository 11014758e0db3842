namespace Identity.Server.Web;

/// <summary>
/// One labelled input, for the partial <c>_Field</c>: hint and error are tied to it, its id is its name, so that
/// <c>_ErrorSummary</c> can link to it. Errors come from the page's <c>ModelState</c> under the same name.
/// </summary>
internal sealed record Field(string Name, string Label)
{
    public string Type { get; init; } = "text";

    public string? Value { get; init; }

    public string? Hint { get; init; }

    public string? Autocomplete { get; init; }

    public string? InputMode { get; init; }

    public string? Class { get; init; }

    public int MaxLength { get; init; } = 300;

    public bool IsRequired { get; init; } = true;
}
