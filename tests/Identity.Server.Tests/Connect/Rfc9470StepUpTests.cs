using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Subjects;
using Identity.Server.Tests.Credentials;
using Identity.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 9470, OpenID Connect Core 5.5.1.1: how well somebody must be known, asked for and enforced.</summary>
public sealed class Rfc9470StepUpTests(Rfc9470StepUpTests.Province province) : IClassFixture<Rfc9470StepUpTests.Province>
{
    private const string Strict = "strict";

    private readonly OidcServer server = province.Oidc;

    [Theory]
    [InlineData(EvidenceMethod.RegisterMatch, 1)]
    [InlineData(EvidenceMethod.PhoneOwned, 2)]
    [InlineData(EvidenceMethod.BankCard, 3)]
    [InlineData(EvidenceMethod.InPerson, 4)]
    internal async Task The_ladder_follows_the_evidence(EvidenceMethod evidence, int level)
    {
        using var browser = await server.SignedInAsync(await AccountAsync(evidence));
        var tokens = await server.CodeFlowAsync(browser);
        Assert.Equal($"urn:onecode:loa:{level}", tokens.IdClaims.GetProperty("acr").GetString());
        // A resource server decides by what it reads there (6.2).
        var access = Tokens.ClaimsOf(tokens.AccessToken);
        Assert.Equal($"urn:onecode:loa:{level}", access.GetProperty("acr").GetString());
        Assert.Equal(tokens.IdClaims.GetProperty("auth_time").GetInt64(), access.GetProperty("auth_time").GetInt64());
    }

    [Theory]
    [InlineData("acr_values", "urn:onecode:loa:1")]
    [InlineData("acr_values", "urn:onecode:loa:4 urn:onecode:loa:2")]
    [InlineData("acr_values", "urn:other:high")]
    [InlineData("claims", """{"id_token":{"acr":{"essential":true,"value":"urn:onecode:loa:2"}}}""")]
    [InlineData("claims", """{"id_token":{"acr":{"essential":true,"values":["urn:onecode:loa:4","urn:onecode:loa:1"]}}}""")]
    [InlineData("claims", """{"id_token":{"acr":{"essential":true}}}""")]
    [InlineData("claims", """{"id_token":{"acr":null,"made_up":{"essential":true}},"userinfo":{"name":null}}""")]
    [InlineData("claims", """{"id_token":null,"made_up":{"x":null}}""")]
    public async Task What_is_reached_already_asks_for_nothing(string name, string value)
    {
        using var browser = await server.SignedInAsync(await AccountAsync(EvidenceMethod.PhoneOwned));
        Assert.NotEmpty(await server.Request().With(name, value).CodeAsync(browser));
    }

    [Theory]
    [InlineData("acr_values", "urn:onecode:loa:4")]
    [InlineData("claims", """{"id_token":{"acr":{"values":["urn:onecode:loa:3"]}}}""")]
    public async Task What_is_only_wished_for_is_asked_for_once_and_then_answered_with_what_there_is(string name, string value)
    {
        var account = await AccountAsync(EvidenceMethod.PhoneOwned);
        using var browser = await server.SignedInAsync(account);
        var request = server.Request().With(name, value);
        using var back = await SignInAgainAsync(browser, request.Url, account);
        var code = CodeOf(back);
        using var answer = await request.RedeemAsync(code);
        Assert.Equal("urn:onecode:loa:2", (await Tokens.ReadAsync(answer)).IdClaims.GetProperty("acr").GetString());
        Assert.NotEmpty(await server.Request().With(name, value).With("prompt", "none").CodeAsync(browser));
    }

    [Theory]
    [InlineData(OidcServer.Hr, """{"id_token":{"acr":{"essential":true,"value":"urn:onecode:loa:4"}}}""")]
    [InlineData(OidcServer.Hr, """{"id_token":{"acr":{"essential":true,"values":["urn:onecode:loa:3","urn:onecode:loa:4"]}}}""")]
    [InlineData(Strict, null)]
    [InlineData(Strict, """{"id_token":{"acr":{"essential":true,"value":"urn:onecode:loa:1"}}}""")]
    public async Task What_must_be_and_cannot_be_is_refused_to_the_client_after_one_try(string client, string? claims)
    {
        var account = await AccountAsync(EvidenceMethod.PhoneOwned);
        using var browser = await server.SignedInAsync(account);
        var request = server.Request(client).With("claims", claims);
        using var back = await SignInAgainAsync(browser, request.Url, account);
        Assert.Contains("error=unmet_authentication_requirements", back.Headers.Location!.Query, StringComparison.Ordinal);
        Assert.Equal("login_required", (await server.Request(client).With("claims", claims).With("prompt", "none").AnswerAsync(browser))["error"]);
    }

    /// <summary>Elsewhere the level stood in the address alone, and whoever took it out got in (keycloak-documentation#1428).</summary>
    [Fact]
    public async Task The_registrations_level_holds_whatever_the_address_says()
    {
        using var known = await server.SignedInAsync(await AccountAsync(EvidenceMethod.InPerson));
        var tokens = await server.CodeFlowAsync(known, Strict, "openid");
        Assert.Equal("urn:onecode:loa:4", tokens.IdClaims.GetProperty("acr").GetString());
        using var lessKnown = await server.SignedInAsync(await AccountAsync(EvidenceMethod.BankCard));
        Assert.Equal("login_required", (await server.Request(Strict).With("acr_values", "urn:onecode:loa:1").With("prompt", "none").AnswerAsync(lessKnown))["error"]);
    }

    [Fact]
    public async Task A_high_level_does_not_ride_on_an_old_sign_in()
    {
        var account = await AccountAsync(EvidenceMethod.InPerson);
        using var browser = await server.SignedInAsync(account);
        for (var i = 0; i < 3; i++)
        {
            // Stays alive by being used.
            province.Clock.Advance(TimeSpan.FromMinutes(25));
            Assert.True(await browser.IsSignedInAsync());
        }

        Assert.Equal("urn:onecode:loa:3", (await server.CodeFlowAsync(browser)).IdClaims.GetProperty("acr").GetString());
        var request = server.Request(Strict);
        using var back = await SignInAgainAsync(browser, request.Url, account);
        using var answer = await request.RedeemAsync(CodeOf(back));
        Assert.Equal("urn:onecode:loa:4", (await Tokens.ReadAsync(answer)).IdClaims.GetProperty("acr").GetString());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("x")]
    [InlineData("7")]
    [InlineData("""{"id_token":[]}""")]
    [InlineData("""{"id_token":{"acr":1}}""")]
    [InlineData("""{"id_token":{"acr":"urn:onecode:loa:4"}}""")]
    [InlineData("""{"id_token":{"acr":null},"id_token":{}}""")]
    public async Task A_claims_parameter_that_is_none_is_refused(string claims)
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("invalid_request", (await server.Request().With("claims", claims).AnswerAsync(browser))["error"]);
    }

    [Theory]
    [InlineData("""{"id_token":{"acr":{"essential":true,"value":"urn:other:high"}}}""")]
    [InlineData("""{"id_token":{"acr":{"essential":true,"values":["urn:onecode:loa:5","urn:onecode:loa:0","urn:onecode:loa:44"]}}}""")]
    [InlineData("""{"id_token":{"acr":{"essential":true,"value":"\ud800"}}}""")]
    public async Task An_essential_level_that_nobody_knows_is_refused_at_once(string claims)
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("unmet_authentication_requirements", (await server.Request().With("claims", claims).AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task A_subject_that_is_half_a_character_is_nobody()
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("login_required", (await server.Request().With("claims", """{"id_token":{"sub":{"value":"\ud800"}}}""").With("prompt", "none").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task A_sub_in_claims_is_about_that_person_or_an_error_5_5_1()
    {
        using var browser = await server.SignedInAsync();
        var sub = (await server.CodeFlowAsync(browser)).IdClaims.GetProperty("sub").GetString();
        string Claims(string? value) => JsonSerializer.Serialize(new { id_token = new { sub = new { value } } });
        Assert.NotEmpty(await server.Request().With("claims", Claims(sub)).With("prompt", "none").CodeAsync(browser));
        Assert.Equal("login_required", (await server.Request().With("claims", Claims("somebody-else")).With("prompt", "none").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task Our_own_API_asks_for_a_stronger_sign_in_where_one_would_help_3()
    {
        await using var weak = new CodesProvince(new() { ["Accounts:PasswordLevel"] = "1" });
        await weak.InitializeAsync();
        using var wallet = await weak.OpenWalletAsync(await weak.AddSomeoneAsync());
        using var answer = await wallet.Http.PostAsJsonAsync("/api/credentials", new { kind = "person", form = "paper" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var challenge = answer.Headers.WwwAuthenticate.ToString();
        Assert.StartsWith("Bearer", challenge, StringComparison.Ordinal);
        Assert.Contains("error=\"insufficient_user_authentication\"", challenge, StringComparison.Ordinal);
        Assert.Contains("acr_values=\"urn:onecode:loa:2\"", challenge, StringComparison.Ordinal);
    }

    private static string CodeOf(HttpResponseMessage answer) => Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();

    private static async Task<HttpResponseMessage> SignInAgainAsync(Browser browser, string url, string account)
    {
        using var first = await browser.GetAsync(url);
        Assert.Contains("/sign-in?", first.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Contains("fresh=true", first.Headers.Location.OriginalString, StringComparison.Ordinal);
        using var signedIn = await browser.SubmitAsync(first.Headers.Location.OriginalString, new Dictionary<string, string> { ["userName"] = account, ["password"] = TheServer.Password });
        return await browser.GetAsync(signedIn.Headers.Location!.OriginalString);
    }

    private Task<string> AccountAsync(EvidenceMethod evidence) => province.AccountAsync(evidence);

    /// <summary>A server whose clock the test moves, with a client that lets in nobody below level 4.</summary>
    public sealed class Province : IAsyncLifetime
    {
        private static int serial = 20000000;

        public Province() => Oidc = new OidcServer(
            new()
            {
                ["Clients:strict:Name"] = "Level 4",
                ["Clients:strict:Secret"] = "strict-test-secret",
                ["Clients:strict:LowestLevel"] = "4",
                ["Clients:strict:RedirectUris:0"] = "https://strict.example/callback",
                ["Clients:strict:Scopes:0"] = "openid",
                ["Clients:strict:Scopes:1"] = "profile",
            },
            services => services.AddSingleton<TimeProvider>(Clock));

        internal FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

        internal OidcServer Oidc { get; }

        public ValueTask InitializeAsync() => Oidc.InitializeAsync();

        public ValueTask DisposeAsync() => Oidc.DisposeAsync();

        /// <summary>An account of somebody about whom the register's word and this is known.</summary>
        internal async Task<string> AccountAsync(EvidenceMethod evidence)
        {
            var text = "H" + Interlocked.Increment(ref serial).ToString(CultureInfo.InvariantCulture);
            Assert.True(DocumentNumber.TryParse(DocumentType.HkMacaoPermit, text, DateOnly.MaxValue, out var number));
            var person = await Oidc.Server.AskAsync<FindOrAddPerson, Guid>(add => add.HandleAsync(
                number, "张小敏", [new(EvidenceMethod.RegisterMatch, "test"), new(evidence, "test")], CancellationToken.None));
            return await Oidc.Server.AddAccountAsync(personId: person);
        }
    }
}
