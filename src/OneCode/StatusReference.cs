namespace OneCode;

/// <summary>Where a credential's status lives (SPEC 3.2).</summary>
/// <param name="List">The short name that replaces <c>{list}</c> in the key's status template: <c>[a-z0-9]{1,16}</c>.</param>
/// <param name="Index">Zero-based position in the list.</param>
public readonly record struct StatusReference(string List, int Index);
