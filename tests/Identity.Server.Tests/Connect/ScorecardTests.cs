using System.Data.Common;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>src/Identity.Server/Connect/SECURITY.md names the test of each item. What no other class holds is held here.</summary>
[Collection(Protocols.Name)]
public sealed partial class ScorecardTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task Every_test_that_the_table_names_is_there()
    {
        var table = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "src", "Identity.Server", "Connect", "SECURITY.md"), TestContext.Current.CancellationToken);
        var tests = typeof(ScorecardTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(method => method.GetCustomAttribute<FactAttribute>() is not null).Select(method => $"{type.Name}.{method.Name}"))
            .ToHashSet(StringComparer.Ordinal);
        var named = NamedTest().Matches(table).Select(match => match.Groups[1].Value).ToArray();
        Assert.True(named.Length > 50);
        Assert.Empty(named.Except(tests));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("id_token")]
    [InlineData("id_token token")]
    [InlineData("code id_token")]
    [InlineData("code token")]
    [InlineData("code id_token token")]
    [InlineData("none")]
    [InlineData("code code")]
    [InlineData("code ")]
    [InlineData(" ")]
    [InlineData("Code")]
    public async Task A6_no_response_type_but_code_leads_anywhere(string responseType)
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync(server.Request().With("response_type", responseType).Url);
        var target = answer.Headers.Location?.OriginalString ?? "";
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest || target.Contains("error=", StringComparison.Ordinal), $"{answer.StatusCode} {target}");
        Assert.DoesNotContain("code=", target, StringComparison.Ordinal);
        Assert.DoesNotContain("token=", target, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("implicit")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    [InlineData("urn:ietf:params:oauth:grant-type:jwt-bearer")]
    [InlineData("urn:ietf:params:oauth:grant-type:saml2-bearer")]
    [InlineData("urn:openid:params:grant-type:ciba")]
    [InlineData("Authorization_code")]
    public async Task A6_no_grant_but_ours_gives_a_token(string grantType)
    {
        using var answer = await server.TokenAsync(OidcServer.Machine, new Dictionary<string, string>
        {
            ["grant_type"] = grantType,
            ["username"] = "x",
            ["password"] = "y",
            ["assertion"] = "e30.e30.e30",
            ["device_code"] = "z",
            ["auth_req_id"] = "a",
        });
        Assert.Equal((HttpStatusCode.BadRequest, "unsupported_grant_type"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
    }

    [Fact]
    public async Task A19_metadata_and_keys_are_served_while_the_database_is_down()
    {
        var down = new Down();
        await using var own = new OidcServer([], services => services.ConfigureDbContext<SqliteServerDbContext>(options => options.AddInterceptors(down)));
        await own.InitializeAsync();
        down.Is = true;
        foreach (var path in new[] { "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks" })
        {
            using var answer = await own.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}");
        }

        // That it was down indeed.
        using var token = await own.TokenAsync(OidcServer.Machine, new Dictionary<string, string> { ["grant_type"] = "client_credentials" });
        Assert.True((int)token.StatusCode >= 500, $"{token.StatusCode}");
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex NamedTest();

    /// <summary>Refuses each command, as a database does that is not there.</summary>
    private sealed class Down : DbCommandInterceptor
    {
        public volatile bool Is;

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
            Is ? throw new NoDatabase() : ValueTask.FromResult(result);

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
            Is ? throw new NoDatabase() : ValueTask.FromResult(result);
    }

    private sealed class NoDatabase() : DbException("The database is not there.");
}
