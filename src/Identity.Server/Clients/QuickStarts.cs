using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using Identity.Server.Web;

namespace Identity.Server.Clients;

/// <summary>A file to paste, and what it is called there.</summary>
internal sealed record QuickStartFile(string Name, string Content);

/// <summary>
/// The programs of <c>docs/integrate</c>, with a file of settings that holds the client's own values. The programs themselves are
/// shown as they are: as they are they run in the tests.
/// </summary>
internal static class QuickStarts
{
    public const string SecretPlace = "PASTE-THE-SECRET-HERE";

    private const string Prefix = "integrate/";

    private static readonly FrozenDictionary<string, string> Files = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Prefix.Length..], Read, StringComparer.Ordinal);

    /// <summary>Which fit a client, the likeliest first.</summary>
    public static IReadOnlyList<string> For(ClientSettings client) =>
        !client.HasCodeFlow || client.Native ? []
        : client.IsPublic ? ["browser"]
        : client.MustPush || client.MustBind || client.ProvesByKey ? ["node"]
        : ["node", "aspnet", "apache"];

    public static IReadOnlyList<QuickStartFile> FilesOf(string kind, ClientSettings client, Uri issuer)
    {
        var program = Files.Where(file => file.Key.StartsWith(kind + "/", StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => new QuickStartFile(file.Key[(kind.Length + 1)..], file.Value));
        return [SettingsOf(kind, client, Origins.TextOf(issuer)), .. program];
    }

    private static QuickStartFile SettingsOf(string kind, ClientSettings client, string issuer)
    {
        var redirect = client.RedirectUris[0];
        var origin = Origins.TextOf(new Uri(redirect));
        return kind switch
        {
            "browser" => new("config.json", JsonSerializer.Serialize(new { issuer, clientId = client.Id }, Indented)),
            "aspnet" => new("appsettings.json", JsonSerializer.Serialize(new { Urls = origin, Oidc = new { Authority = issuer, ClientId = client.Id, ClientSecret = SecretPlace } }, Indented)),
            "apache" => new("envvars", $"""
                export APP_ORIGIN='{origin}'
                export ONECODE_ISSUER='{issuer}'
                export ONECODE_CLIENT_ID='{client.Id}'
                export ONECODE_CLIENT_SECRET='{SecretPlace}'
                export ONECODE_RESPONSE_MODE='query'
                export ONECODE_COOKIE_PASSPHRASE="$(openssl rand -hex 32)"
                """),
            _ => new(".env", $"""
                APP_ORIGIN={origin}
                ONECODE_ISSUER={issuer}
                ONECODE_CLIENT_ID={client.Id}
                {(!client.ProvesByKey ? "ONECODE_CLIENT_SECRET=" + SecretPlace : "ONECODE_CLIENT_KEY=private-key.jwk.json")}
                ONECODE_PUSHED={(client.MustPush ? "yes" : "no")}
                ONECODE_DPOP={(client.MustBind ? "yes" : "no")}
                """),
        };
    }

    private static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true };

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd().TrimEnd();
    }
}
