using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Identity.Server.Tests.Credentials;

public sealed class OpenApiTests(CodesProvince province) : IClassFixture<CodesProvince>
{
    [Fact]
    public async Task The_document_describes_the_api_and_nothing_else()
    {
        using var http = new HttpClient { BaseAddress = province.Server.Login };
        var document = await http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
        var paths = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToArray();
        Assert.All(paths, path => Assert.StartsWith("/api/", path, StringComparison.Ordinal));
        string[] promised = ["/api/nonce", "/api/subjects", "/api/credentials", "/api/credentials/{id}/revoke", "/api/lost", "/api/verify", "/api/scenes"];
        Assert.Empty(promised.Except(paths));
    }
}
