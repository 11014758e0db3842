using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Audit;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>
/// RFC 8693: an application's server calls another service for the citizen, as itself, where both are registered for it, and the citizen
/// allowed the service that. The application here asks for consent, and so does one of its two services; the other has a duty in law.
/// </summary>
public sealed class Rfc8693TokenExchangeTests(Rfc8693TokenExchangeTests.Host host) : IClassFixture<Rfc8693TokenExchangeTests.Host>
{
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private const string Actor = "library";
    private const string Duty = "duty";
    private const string Asking = "strict";
    private const string DutysApi = "https://duty.example/api";

    private readonly OidcServer server = host.Oidc;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_service_gets_a_token_of_its_own_that_names_the_actor_and_is_worth_less()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await SignInAsync(browser);
        var (json, issued) = await ExchangedAsync(Form(tokens.AccessToken));
        Assert.Equal((AccessToken, "Bearer"), (json.GetProperty("issued_token_type").GetString(), json.GetProperty("token_type").GetString()));
        Assert.False(json.TryGetProperty("refresh_token", out _) || json.TryGetProperty("id_token", out _));
        var (before, now) = (Tokens.ClaimsOf(tokens.AccessToken), Tokens.ClaimsOf(issued));
        Assert.True(now.TryGetProperty("act", out _) && now.TryGetProperty("aud", out _), now.ToString());
        Assert.Equal((Duty, Actor, Actor), (now.GetProperty("aud").GetString(), now.GetProperty("act").GetProperty("sub").GetString(), now.GetProperty("client_id").GetString()));
        Assert.Equal((before.GetProperty("acr").GetString(), before.GetProperty("auth_time").GetInt64()), (now.GetProperty("acr").GetString(), now.GetProperty("auth_time").GetInt64()));
        Assert.True(now.GetProperty("exp").GetInt64() <= before.GetProperty("exp").GetInt64());
        Assert.False(now.TryGetProperty("scope", out _));
        Assert.True(await server.Server.AskAsync<ServerDbContext, bool>(db => db.Set<AuditEntry>().AnyAsync(entry => entry.What == "token.exchanged" && entry.Actor == "client:library")));

        // It opens nothing here.
        using var userInfo = await server.UserInfoAsync(issued);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/subjects");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", issued);
        using var api = await server.Http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);

        // Nor is it handed on.
        Assert.Equal("invalid_grant", await RefusedAsync(Form(issued)));
    }

    [Fact]
    public async Task Each_of_the_two_knows_the_person_by_its_own_name_and_nobody_else_hears_anything()
    {
        using var browser = await server.SignedInAsync();
        var (_, issued) = await ExchangedAsync(Form((await SignInAsync(browser)).AccessToken));
        var atService = (await SignInAsync(browser, Duty)).IdClaims.GetProperty("sub").GetString();
        var atActor = (await SignInAsync(browser)).IdClaims.GetProperty("sub").GetString();

        // The token passes through the actor's hands, which must not learn from it who the person is at the service.
        Assert.DoesNotContain(Tokens.ClaimsOf(issued).GetProperty("sub").GetString(), new[] { atService, atActor });
        var seen = await server.IntrospectAsync(Duty, issued);
        Assert.Equal((true, atService, Actor), (seen.GetProperty("active").GetBoolean(), seen.GetProperty("sub").GetString(), seen.GetProperty("act").GetProperty("sub").GetString()));
        Assert.Equal(atActor, (await server.IntrospectAsync(Actor, issued)).GetProperty("sub").GetString());
        Assert.False((await server.IntrospectAsync(OidcServer.Tax, issued)).GetProperty("active").GetBoolean());
    }

    [Theory]
    [InlineData("audience", "portal-tax", "invalid_target")]
    [InlineData("audience", "library", "invalid_target")]
    [InlineData("audience", "wallet", "invalid_target")]
    [InlineData("audience", "machine-test", "invalid_target")]
    [InlineData("audience", "{issuer}", "invalid_target")]
    [InlineData("audience", null, "invalid_target")]
    [InlineData("resource", "https://other.example/api", "invalid_target")]
    [InlineData("resource", "{issuer}", "invalid_target")]
    [InlineData("scope", "birthdate", "invalid_scope")]
    [InlineData("scope", "offline_access", "invalid_scope")]
    [InlineData("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request")]
    [InlineData("requested_token_type", "urn:ietf:params:oauth:token-type:id_token", "invalid_request")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:id_token", "invalid_request")]
    [InlineData("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token", "invalid_request")]
    [InlineData("subject_token", "no-token", "invalid_grant")]
    [InlineData("subject_token", null, "invalid_request")]
    [InlineData("actor_token", "{token}", "invalid_request")]
    public async Task What_was_not_agreed_on_is_refused(string name, string? value, string error)
    {
        var token = await host.SharedTokenAsync();
        var form = Form(token);
        form.Remove(name);
        if (value is not null)
        {
            form[name] = value.Replace("{issuer}", server.Issuer, StringComparison.Ordinal).Replace("{token}", token, StringComparison.Ordinal);
        }

        if (name == "actor_token")
        {
            form["actor_token_type"] = AccessToken;
        }

        Assert.Equal(error, await RefusedAsync(form));
    }

    [Fact]
    public async Task A_service_is_named_by_a_resource_of_its_registration_too_and_two_services_are_none()
    {
        var form = Form(await host.SharedTokenAsync());
        form.Remove("audience");
        form["resource"] = DutysApi;
        var (_, issued) = await ExchangedAsync(form);
        Assert.Equal([Duty, DutysApi], Tokens.ClaimsOf(issued).GetProperty("aud").EnumerateArray().Select(part => part.GetString()));
        Assert.True((await server.IntrospectAsync(Duty, issued)).GetProperty("active").GetBoolean());

        form["audience"] = Asking;
        Assert.Equal("invalid_target", await RefusedAsync(form));
        using var two = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent([.. Form(await host.SharedTokenAsync()), new("audience", Asking), new("client_id", Actor), new("client_secret", OidcServer.SecretOf(Actor))]),
        };
        using var answer = await server.Http.SendAsync(two, Cancellation);
        Assert.Equal("invalid_target", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task Audience_means_nothing_outside_of_token_exchange_and_is_refused_there()
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("invalid_target", (await server.Request(Duty).With("audience", Duty).AnswerAsync(browser))["error"]);
        using var answer = await server.TokenAsync(OidcServer.Machine, new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["audience"] = Duty });
        Assert.Equal("invalid_target", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task Another_clients_token_a_machines_and_an_identity_token_are_refused()
    {
        using var browser = await server.SignedInAsync();
        var own = await SignInAsync(browser);
        var anothers = await server.CodeFlowAsync(browser, OidcServer.Tax);
        var machines = await server.ClientCredentialsAsync(OidcServer.Machine);
        foreach (var token in new[] { anothers.AccessToken, machines.AccessToken, own.IdToken! })
        {
            Assert.Contains(await RefusedAsync(Form(token)), new[] { "invalid_grant", "invalid_request" });
        }
    }

    [Fact]
    public async Task Both_must_be_registered_for_it_and_a_client_that_is_not_may_not_ask_at_all()
    {
        using var browser = await server.SignedInAsync();
        var own = (await server.CodeFlowAsync(browser)).AccessToken;
        using var stranger = await server.TokenAsync(OidcServer.Hr, Form(own));
        Assert.Equal("unauthorized_client", await OidcServer.ErrorOfAsync(stranger));

        // Tax names the service, which does not name tax.
        var onesided = (await server.CodeFlowAsync(browser, OidcServer.Tax)).AccessToken;
        using var answer = await server.TokenAsync(OidcServer.Tax, Form(onesided));
        Assert.Equal("invalid_target", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task What_the_person_allowed_the_application_is_no_leave_for_the_service()
    {
        using var browser = await server.SignedInAsync();
        var token = (await SignInAsync(browser)).AccessToken;
        var form = Form(token, Asking);

        // 1. Nobody has asked the person about the service.
        Assert.Equal("invalid_target", await RefusedAsync(form));

        // 2. Allowed, but without the optional part, which the application has.
        await SignInAsync(browser, Asking, "openid profile birthdate");
        form["scope"] = "birthdate";
        Assert.Equal("invalid_target", await RefusedAsync(form));
        form["scope"] = "profile";
        var (json, issued) = await ExchangedAsync(form);
        Assert.Equal("profile", Tokens.ClaimsOf(issued).GetProperty("scope").GetString());
        Assert.Equal("profile", (await server.IntrospectAsync(Asking, issued)).GetProperty("scope").GetString());
        Assert.False(json.TryGetProperty("refresh_token", out _));

        // 3. Taken back from the service alone: its tokens count no more, and the application gets no other.
        await WithdrawAsync(browser, "严格");
        Assert.False((await server.IntrospectAsync(Asking, issued)).GetProperty("active").GetBoolean());
        Assert.Equal("invalid_target", await RefusedAsync(form));
        using var stillThere = await server.UserInfoAsync(token);
        Assert.Equal(HttpStatusCode.OK, stillThere.StatusCode);
    }

    [Fact]
    public async Task It_ends_with_the_consent_of_the_application()
    {
        using var browser = await server.SignedInAsync();
        var token = (await SignInAsync(browser)).AccessToken;
        var (_, issued) = await ExchangedAsync(Form(token));
        await WithdrawAsync(browser, "图书馆");
        Assert.False((await server.IntrospectAsync(Duty, issued)).GetProperty("active").GetBoolean());
        Assert.Equal("invalid_grant", await RefusedAsync(Form(token)));
    }

    [Theory]
    [InlineData("openid profile")]
    [InlineData("openid profile offline_access")]
    public async Task It_ends_with_the_session_also_where_the_application_may_go_on(string scope)
    {
        using var browser = await server.SignedInAsync();
        var token = (await SignInAsync(browser, Actor, scope)).AccessToken;
        var (_, issued) = await ExchangedAsync(Form(token));
        Assert.True((await server.IntrospectAsync(Duty, issued)).GetProperty("active").GetBoolean());
        await browser.SignOutAsync();
        Assert.False((await server.IntrospectAsync(Duty, issued)).GetProperty("active").GetBoolean());
        Assert.Equal("invalid_grant", await RefusedAsync(Form(token)));
    }

    [Fact]
    public async Task It_lives_no_longer_than_the_subject_token_or_the_consent()
    {
        using var browser = await server.SignedInAsync();
        var token = (await SignInAsync(browser)).AccessToken;
        var end = TimeProvider.System.GetUtcNow().AddSeconds(90);
        await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcGrant>().Where(grant => grant.Id == GrantOf(token)).ExecuteUpdateAsync(set => set.SetProperty(grant => grant.EndsAt, end), Cancellation));
        var (_, issued) = await ExchangedAsync(Form(token));
        Assert.True(Tokens.ClaimsOf(issued).GetProperty("exp").GetInt64() <= end.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_bound_token_is_exchanged_with_its_key_alone_and_stays_bound_RFC9449()
    {
        using var key = new Signer();
        using var other = new Signer();
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, key);
        var request = server.Request(Actor);
        using var redeemed = await caller.RedeemAsync(request, await Host.AllowAsync(browser, request));
        var token = (await Tokens.ReadAsync(redeemed)).AccessToken;
        Assert.Equal("invalid_grant", await RefusedAsync(Form(token)));
        using var stolen = await new DpopCaller(server, other).TokenAsync(Actor, Form(token));
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(stolen));
        using var answer = await caller.TokenAsync(Actor, Form(token));
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, json.ToString());
        Assert.Equal("DPoP", json.GetProperty("token_type").GetString());
        var issued = json.GetProperty("access_token").GetString()!;
        Assert.Equal(key.Thumbprint, Tokens.ClaimsOf(issued).GetProperty("cnf").GetProperty("jkt").GetString());
        Assert.Equal("DPoP", (await server.IntrospectAsync(Duty, issued)).GetProperty("token_type").GetString());
    }

    [Fact]
    public async Task A_service_that_asks_for_more_gets_nothing_weaker_FAPI2_DPoP_level()
    {
        var token = await host.SharedTokenAsync();
        Assert.Equal("invalid_target", await RefusedAsync(Form(token, ProtocolServer.Fapi)));
        Assert.Equal("invalid_dpop_proof", await RefusedAsync(Form(token, ProtocolServer.Bound)));
        Assert.Equal("invalid_target", await RefusedAsync(Form(token, "vault")));

        using var key = new Signer();
        using var bound = await new DpopCaller(server, key).TokenAsync(Actor, Form(token, ProtocolServer.Bound));
        Assert.Equal(HttpStatusCode.OK, bound.StatusCode);
    }

    private static Guid GrantOf(string token) => Guid.Parse(Tokens.ClaimsOf(token).GetProperty("oi_au_id").GetString()!);

    private static Dictionary<string, string> Form(string token, string audience = Duty) => new()
    {
        ["grant_type"] = "urn:ietf:params:oauth:grant-type:token-exchange",
        ["subject_token"] = token,
        ["subject_token_type"] = AccessToken,
        ["audience"] = audience,
    };

    private async Task<Tokens> SignInAsync(Browser browser, string clientId = Actor, string scope = "openid profile birthdate")
    {
        var request = server.Request(clientId, clientId == Duty ? "openid" : scope);
        using var redeemed = await request.RedeemAsync(await Host.AllowAsync(browser, request));
        return await Tokens.ReadAsync(redeemed);
    }

    private async Task<(JsonElement Answer, string Token)> ExchangedAsync(Dictionary<string, string> form)
    {
        using var answer = await server.TokenAsync(Actor, form);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var json = JsonSerializer.Deserialize<JsonElement>(text);
        return (json, json.GetProperty("access_token").GetString()!);
    }

    private async Task<string?> RefusedAsync(Dictionary<string, string> form)
    {
        using var answer = await server.TokenAsync(Actor, form);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return await OidcServer.ErrorOfAsync(answer);
    }

    private static async Task WithdrawAsync(Browser browser, string name)
    {
        using var page = await browser.OpenAsync("/account/applications");
        var form = page.QuerySelectorAll("section.card").Single(card => card.QuerySelector("h2")?.TextContent.Contains(name, StringComparison.Ordinal) == true).QuerySelector("input[name=id]")!;
        var id = form.GetAttribute("value")!;
        using var answer = await browser.SubmitAsync("/account/applications", new Dictionary<string, string> { ["id"] = id }, "form[action*=Withdraw]");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    /// <summary>An application, and services of each kind that it may call.</summary>
    public sealed class Host : IAsyncLifetime
    {
        private readonly Signer _signer = new();
        private readonly SemaphoreSlim _once = new(1);
        private string? _shared;

        public Host()
        {
            var settings = new Dictionary<string, string?>
            {
                ["Clients:portal-tax:ExchangesFor:0"] = Duty,

                ["Clients:library:Name"] = "图书馆",
                ["Clients:library:Secret"] = "library-test-secret",
                ["Clients:library:RedirectUris:0"] = "https://library.example/callback",
                ["Clients:library:Scopes:0"] = "openid",
                ["Clients:library:Scopes:1"] = "profile",
                ["Clients:library:Scopes:2"] = "birthdate",
                ["Clients:library:Scopes:3"] = "offline_access",
                ["Clients:library:LegalGround"] = null,
                ["Clients:library:ExchangesFor:0"] = Duty,
                ["Clients:library:ExchangesFor:1"] = Asking,
                ["Clients:library:ExchangesFor:2"] = ProtocolServer.Fapi,
                ["Clients:library:ExchangesFor:3"] = ProtocolServer.Bound,
                ["Clients:library:ExchangesFor:4"] = "vault",
                ["Clients:library:ExchangesFor:5"] = "wallet",
                ["Clients:library:ExchangesFor:6"] = "machine-test",

                ["Clients:strict:Name"] = "严格",
                ["Clients:strict:Scopes:1"] = "profile",
                ["Clients:strict:Scopes:2"] = "birthdate",
                ["Clients:strict:OptionalScopes:0"] = "birthdate",
                ["Clients:strict:LegalGround"] = null,

                ["Clients:duty:Name"] = "税务",
                ["Clients:duty:LegalGround"] = "税收征收管理法",
                ["Clients:duty:Resources:0"] = DutysApi,

                ["Clients:fapi:Name"] = "FAPI 2.0",
                ["Clients:fapi:Fapi"] = "true",
                ["Clients:fapi:Jwks"] = Signer.Jwks(_signer),

                ["Clients:bound:Name"] = "Must use DPoP",
                ["Clients:bound:RequiresDpop"] = "true",
                ["Clients:bound:Secret"] = "bound-test-secret",

                ["Clients:vault:Name"] = "Level 4",
                ["Clients:vault:LowestLevel"] = "4",
                ["Clients:vault:Secret"] = "vault-test-secret",
            };
            foreach (var service in new[] { Asking, Duty, ProtocolServer.Fapi, ProtocolServer.Bound, "vault" })
            {
                settings[$"Clients:{service}:RedirectUris:0"] = $"https://{service}.example/callback";
                settings[$"Clients:{service}:Scopes:0"] = "openid";
                settings[$"Clients:{service}:ExchangesFrom:0"] = Actor;
                if (service is Asking or Duty)
                {
                    settings[$"Clients:{service}:Secret"] = $"{service}-test-secret";
                }
            }

            Oidc = new OidcServer(settings);
        }

        internal OidcServer Oidc { get; }

        public ValueTask InitializeAsync() => Oidc.InitializeAsync();

        public async ValueTask DisposeAsync()
        {
            await Oidc.DisposeAsync();
            _signer.Dispose();
            _once.Dispose();
        }

        /// <summary>One citizen's token, for tests that end nothing.</summary>
        internal async Task<string> SharedTokenAsync()
        {
            await _once.WaitAsync(Cancellation);
            try
            {
                if (_shared is null)
                {
                    using var browser = await Oidc.SignedInAsync();
                    var request = Oidc.Request(Actor, "openid profile");
                    using var redeemed = await request.RedeemAsync(await AllowAsync(browser, request));
                    _shared = (await Tokens.ReadAsync(redeemed)).AccessToken;
                }

                return _shared;
            }
            finally
            {
                _once.Release();
            }
        }

        /// <summary>A code, with the person's leave where somebody asks for it; optional parts are left out.</summary>
        internal static async Task<string> AllowAsync(Browser browser, AuthorizationRequest request)
        {
            using var asked = await browser.GetAsync(request.Url);
            if (asked.Headers.Location?.OriginalString is not { } consent || !consent.StartsWith("/consent?", StringComparison.Ordinal))
            {
                return await request.CodeAsync(browser);
            }

            using var allowed = await browser.SubmitAsync(consent, new Dictionary<string, string> { ["answer"] = "allow" });
            return await request.CodeAsync(browser);
        }
    }
}
