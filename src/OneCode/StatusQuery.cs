namespace OneCode;

/// <summary>What to ask a status source.</summary>
/// <param name="Issuer">The region that must have signed the list: another one's list answers nothing.</param>
/// <param name="Uri">The list's URI, equal byte for byte to the <c>sub</c> of its token.</param>
/// <param name="Reference">List name and index.</param>
public readonly record struct StatusQuery(string Issuer, string Uri, StatusReference Reference);
