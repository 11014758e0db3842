using System.Net;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>One address cannot crowd out the others at the endpoints where clients prove themselves.</summary>
public sealed class ClientLimitTests
{
    [Fact]
    public async Task A_flood_from_one_address_is_told_to_wait_and_nothing_else_is_held_up()
    {
        await using var server = new OidcServer(new() { ["Web:ClientCallsPerSecond"] = "1" });
        await server.InitializeAsync();
        var refused = 0;
        string[] paths = ["/connect/token", "/connect/introspect", "/connect/revoke", "/connect/par"];
        for (var i = 0; i < 200 && refused == 0; i++)
        {
            using var answer = await server.PostAsync(paths[i % paths.Length], OidcServer.Machine, new Dictionary<string, string> { ["token"] = "x" });
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                refused++;
                Assert.NotNull(answer.Headers.RetryAfter);
            }
        }

        Assert.Equal(1, refused);
        using var discovery = await server.Http.GetAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, discovery.StatusCode);
    }

    [Fact]
    public void A_real_client_does_not_meet_it() => Assert.True(new Identity.Server.Web.WebOptions().ClientCallsPerSecond >= 1_000);
}
