namespace Identity.Server.Clients;

/// <summary>One thing that a profile asks for. Its title, and why it matters, are texts under its key.</summary>
internal sealed record GradePoint(string Key, bool IsMet);

/// <summary>
/// How safe a client is as it is registered: each point of OAuth 2.1 and of the FAPI 2.0 Security Profile that its registration
/// decides, and the ones that the server holds for everybody; beside them, what no profile asks for and a careful developer does.
/// </summary>
internal sealed record ClientGrade(IReadOnlyList<GradePoint> OAuth21, IReadOnlyList<GradePoint> Fapi2, IReadOnlyList<GradePoint> GoodPractice)
{
    private static readonly TimeSpan SecretGrowsOld = TimeSpan.FromDays(365);

    /// <summary>The key of the text that names the grade.</summary>
    public string Name => !OAuth21.All(point => point.IsMet) ? "GradeLacking" : Fapi2.All(point => point.IsMet) ? "GradeFapi" : "GradeOAuth";

    public string Tone => Name == "GradeLacking" ? "warn" : "good";

    public static ClientGrade Of(ClientSettings client, DateTimeOffset? secretMadeAt, DateTimeOffset now)
    {
        var overTls = client.RedirectUris.All(uri => uri.StartsWith("https://", StringComparison.Ordinal));
        return new ClientGrade(
            [
                new("Pkce", true),
                new("CodeOnly", true),
                new("ExactRedirect", true),
                new("TlsRedirect", overTls || client.Native),
                new("RefreshRotates", true),
            ],
            [
                new("Confidential", !client.IsPublic),
                new("KeyAuthentication", client.ProvesByKey),
                new("Pushed", client.MustPush),
                new("SenderConstrained", client.MustBind),
                new("ShortCode", true),
                new("IssuerNamed", true),
                new("TlsOnly", overTls && client.HasCodeFlow),
            ],
            [
                new("SecretAge", secretMadeAt is null || now - secretMadeAt < SecretGrowsOld),
                new("Logout", !client.HasCodeFlow || client.Native || client.IsPublic || client.BackchannelLogoutUri is not null),
            ]);
    }
}
