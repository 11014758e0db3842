using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The discovery document to the letter, beside this file. Applications read it: it changes only on purpose.</summary>
public sealed class DiscoveryTests(OidcServer server) : IClassFixture<OidcServer>
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    public async Task The_document_is_the_one_that_was_agreed(string path)
    {
        var root = typeof(DiscoveryTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        var agreed = await File.ReadAllTextAsync(Path.Combine(root, "tests", "Identity.Server.Tests", "Connect", "discovery.json"), TestContext.Current.CancellationToken);
        var served = await server.Http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var now = JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(served), Indented).Replace(server.Issuer, "https://issuer.example", StringComparison.Ordinal) + "\n";
        Assert.True(agreed == now, $"If this is on purpose, discovery.json becomes:\n{now}");
    }
}
