using System.Net;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>The plan <c>oidcc-config-certification-test-plan</c>. The suite wants https of every address; here each must be the issuer's, which https follows from outside Development.</summary>
[Collection(Conformance.Name)]
public sealed class ConfigOpTests(ConformanceServer suite)
{
    [Fact, Module("oidcc-discovery-endpoint-verification")]
    public async Task The_metadata_are_complete_and_true()
    {
        using var answer = await suite.Oidc.Http.GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var metadata = await MetadataAsync(suite);
        Assert.Equal(suite.Oidc.Issuer, metadata.GetProperty("issuer").GetString());
        string[] Of(string name) => [.. metadata.GetProperty(name).EnumerateArray().Select(value => value.GetString()!)];
        Assert.Contains("code", Of("response_types_supported"));
        Assert.Contains(Of("subject_types_supported"), type => type is "public" or "pairwise");
        Assert.Contains("authorization_code", Of("grant_types_supported"));
        Assert.Contains("openid", Of("scopes_supported"));
        Assert.All(Of("scopes_supported"), scope => Assert.All(scope, c => Assert.True(c is '!' or (>= '#' and <= '[') or (>= ']' and <= '~'))));
        Assert.Contains("RS256", Of("id_token_signing_alg_values_supported"));
        Assert.Equal(["S256"], Of("code_challenge_methods_supported"));
        Assert.Contains("sub", Of("claims_supported"));
        foreach (var required in new[] { "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "registration_endpoint", "jwks_uri" })
        {
            Assert.NotEmpty(metadata.GetProperty(required).GetString()!);
        }

        foreach (var member in metadata.EnumerateObject().Where(member => member.Name.EndsWith("_endpoint", StringComparison.Ordinal) || member.Name == "jwks_uri"))
        {
            Assert.StartsWith(suite.Oidc.Issuer + "/", member.Value.GetString(), StringComparison.Ordinal);
        }

        var jwks = new JsonWebKeySet(await suite.Oidc.Http.GetStringAsync(metadata.GetProperty("jwks_uri").GetString(), TestContext.Current.CancellationToken));
        Assert.All(jwks.Keys, key => Assert.True(key is { KeyId.Length: > 0, D: null, P: null, K: null }));
        Assert.Equal(jwks.Keys.Count, jwks.Keys.Select(key => key.KeyId).Distinct().Count());
    }

    internal static async Task<JsonElement> MetadataAsync(ConformanceServer suite) =>
        JsonSerializer.Deserialize<JsonElement>(await suite.Oidc.Http.GetStringAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative), TestContext.Current.CancellationToken));
}
