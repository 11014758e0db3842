namespace Identity.Server.Clients;

/// <summary>Where a client stands: for people as a text's key and the tone of its tag, for programs as a stable name.</summary>
internal static class ClientStanding
{
    public static (string Key, string Tone) Of(RegisteredClient client) => NameOf(client) switch
    {
        "waiting" => ("StateWaiting", "warn"),
        "refused" => ("StateRefused", "bad"),
        "changed" => ("StateProposed", "warn"),
        "production" => ("StateProduction", "good"),
        _ => ("StateTrying", ""),
    };

    public static string NameOf(RegisteredClient client) => client switch
    {
        { RequestedAt: not null } => "waiting",
        { RefusedFor: not null } => "refused",
        { ReviewedAt: not null, ProposedJson: not null } => "changed",
        { ReviewedAt: not null } => "production",
        _ => "trying",
    };
}
