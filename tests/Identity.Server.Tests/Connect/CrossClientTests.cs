using System.Data.Common;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Connect;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>What is one client's is nothing to another (CVE-2026-4630), what is used up stays so cheaply, and refusals tell nobody apart.</summary>
[Collection(Protocols.Name)]
public sealed class CrossClientTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task No_object_of_one_client_is_worth_anything_to_another()
    {
        using var browser = await server.SignedInAsync();
        var owner = server.Request(OidcServer.Native, "openid offline_access");
        using var redeemed = await owner.RedeemAsync(await owner.CodeAsync(browser));
        var tokens = await Tokens.ReadAsync(redeemed);
        foreach (var other in new[] { OidcServer.Hr, OidcServer.Tax, OidcServer.Wallet, "gate-test" })
        {
            // A code.
            var code = await owner.CodeAsync(browser);
            using var asCode = await server.TokenAsync(other, new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = owner.Parameters["redirect_uri"]!, ["code_verifier"] = owner.Verifier });
            Assert.False(asCode.IsSuccessStatusCode, $"{other}: code");

            // Tokens, as what they are and as what they are not.
            foreach (var token in new[] { tokens.AccessToken, tokens.RefreshToken!, tokens.IdToken! })
            {
                using var asRefresh = await server.RefreshAsync(other, token);
                Assert.False(asRefresh.IsSuccessStatusCode, $"{other}: refresh");
                using var revoked = await server.PostAsync("/connect/revoke", other, new Dictionary<string, string> { ["token"] = token });
                if (OidcServer.SecretOf(other) is not null)
                {
                    using var introspected = await server.PostAsync("/connect/introspect", other, new Dictionary<string, string> { ["token"] = token });
                    Assert.DoesNotContain("\"sub\"", await introspected.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
                }
            }

            // A hint.
            if (other != "gate-test")
            {
                var hinted = await server.Request(other, "openid").With("id_token_hint", tokens.IdToken).With("prompt", "none").AnswerAsync(browser);
                Assert.False(hinted.ContainsKey("code"), $"{other}: hint");
            }
        }

        using var pushed = await server.PostAsync("/connect/par", OidcServer.Hr, server.Request().Parameters.Where(p => p.Key != "client_id").ToDictionary(p => p.Key, p => p.Value!));
        var requestUri = (await pushed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("request_uri").GetString();
        using var stolen = await browser.GetAsync(QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?> { ["client_id"] = OidcServer.Tax, ["request_uri"] = requestUri }));
        Assert.Equal(HttpStatusCode.BadRequest, stolen.StatusCode);

        // And after all that it is still the owner's.
        using var renewed = await server.RefreshAsync(OidcServer.Native, tokens.RefreshToken!);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
    }

    /// <summary>openiddict-core#1819: one token replayed kept a server busy revoking.</summary>
    [Fact]
    public async Task A_token_or_code_that_is_replayed_over_and_over_costs_a_read_each_time()
    {
        var counter = new Counter();
        await using var own = new OidcServer([], services => services.ConfigureDbContext<SqliteServerDbContext>(options => options.AddInterceptors(counter)));
        await own.InitializeAsync();
        using var browser = await own.SignedInAsync();
        var request = own.Request(OidcServer.Tax);
        var code = await request.CodeAsync(browser);
        (await request.RedeemAsync(code)).Dispose();
        (await request.RedeemAsync(code)).Dispose();
        counter.Reset();
        for (var i = 0; i < 50; i++)
        {
            using var replay = await request.RedeemAsync(code);
            Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(replay));
        }

        // Background work of the server reads too; what a replay must not do is write.
        Assert.True(counter.Reads <= 50 * 6, $"{counter.Reads} reads");
        Assert.True(counter.Writes <= 10, $"{counter.Writes} writes: {counter.Last}");
        using var other = await own.SignedInAsync();
        Assert.NotNull((await own.CodeFlowAsync(other)).IdToken);
    }

    [Fact]
    public async Task An_unknown_client_and_a_wrong_secret_get_the_same_answer_to_the_letter()
    {
        foreach (var path in new[] { "/connect/token", "/connect/introspect", "/connect/revoke", "/connect/par" })
        {
            var answers = new List<string>();
            foreach (var client in new[] { "machine-test", "nobody-here", "portal-hr" })
            {
                using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["token"] = "x", ["client_id"] = client, ["client_secret"] = "a-wrong-secret-00" });
                using var answer = await server.Http.PostAsync(new Uri(path, UriKind.Relative), form, TestContext.Current.CancellationToken);
                answers.Add($"{answer.StatusCode} {answer.Headers.WwwAuthenticate} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }

            Assert.True(answers.Distinct().Count() == 1, $"{path}:\n{string.Join('\n', answers)}");
        }
    }

    /// <summary>The slow hashes are counted: by time, an unknown client would answer sooner than a wrong secret.</summary>
    [Fact]
    public async Task An_unknown_client_costs_the_same_work_as_a_wrong_secret()
    {
        // The right ones first: whether somebody was there before must make no difference.
        await server.ClientCredentialsAsync(OidcServer.Machine);
        using var work = new CountedWork(server.Server, SecretHashes.Name);
        async Task<(long Work, HttpStatusCode Status)> CostOfAsync(string path, string client, bool inHeader)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            var form = new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["token"] = "x",
                ["response_type"] = "code",
                ["redirect_uri"] = "https://keys.example/callback",
                ["scope"] = "openid",
                ["code_challenge"] = new string('A', 43),
                ["code_challenge_method"] = "S256",
            };
            if (inHeader)
            {
                request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(client + ":a-wrong-secret-00")));
            }
            else
            {
                (form["client_id"], form["client_secret"]) = (client, "a-wrong-secret-00");
            }

            request.Content = new FormUrlEncodedContent(form);
            var before = work.Count;
            using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return (work.Count - before, answer.StatusCode);
        }

        // Public clients are left out: their names stand in the applications that everybody has.
        // Making the hash that stands in for nobody's is no part of a request's cost, and is done once.
        await CostOfAsync("/connect/token", "nobody-at-first", false);
        foreach (var path in new[] { "/connect/token", "/connect/introspect", "/connect/revoke", "/connect/par" })
        {
            foreach (var inHeader in new[] { false, true })
            {
                foreach (var client in new[] { OidcServer.Machine, OidcServer.Hr, "nobody-here", ProtocolServer.Keys })
                {
                    var (cost, status) = await CostOfAsync(path, client, inHeader);
                    Assert.True((cost, status) == (1, HttpStatusCode.Unauthorized), $"{path} {client} {(inHeader ? "in the header" : "in the form")}: {cost} hashes, {status}");
                }
            }
        }
    }

    [Fact]
    public async Task A_token_of_nobody_anothers_and_an_old_one_read_alike()
    {
        using var browser = await server.SignedInAsync();
        var anothers = (await server.CodeFlowAsync(browser)).AccessToken;
        var answers = new List<string>();
        foreach (var token in new[] { "x", anothers, anothers[..^2] })
        {
            using var revoked = await server.PostAsync("/connect/revoke", OidcServer.Tax, new Dictionary<string, string> { ["token"] = token });
            using var seen = await server.PostAsync("/connect/introspect", OidcServer.Tax, new Dictionary<string, string> { ["token"] = token });
            answers.Add($"{revoked.StatusCode} {await revoked.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)} {seen.StatusCode} {await seen.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }

        Assert.True(answers.Distinct().Count() == 1, string.Join('\n', answers));
    }

    [Fact]
    public async Task A_wrong_name_and_a_wrong_password_are_the_same_page()
    {
        var known = await server.Server.AddAccountAsync();
        var pages = new List<(HttpStatusCode, string)>();
        foreach (var name in new[] { known, new string('z', known.Length) })
        {
            using var browser = server.Server.OpenBrowser();
            using var answer = await browser.SignInAsync(name, "wrong-password-1");
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            pages.Add((answer.StatusCode, System.Text.RegularExpressions.Regex.Replace(text.Replace(name, "NAME", StringComparison.Ordinal), "value=\"CfDJ8[^\"]*\"", "value")));
        }

        Assert.Equal(pages[0], pages[1]);
    }

    private sealed class Counter : DbCommandInterceptor
    {
        private int reads;
        private int writes;

        public int Reads => reads;

        public int Writes => writes;

        public string? Last { get; private set; }

        public void Reset() => (reads, writes) = (0, 0);

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Count(command);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Count(command);
            return ValueTask.FromResult(result);
        }

        private void Count(DbCommand command)
        {
            if (!command.CommandText.Contains("oidc_", StringComparison.Ordinal))
            {
                return;
            }

            if (command.CommandText.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase))
            {
                Interlocked.Increment(ref reads);
            }
            else
            {
                Interlocked.Increment(ref writes);
                Last = command.CommandText;
            }
        }
    }
}
