using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>
/// ASP.NET Core's own OpenID Connect handler as a relying party: pushed requests (RFC 9126) in each of its behaviours, and DPoP (RFC 9449) and
/// <c>private_key_jwt</c> added to it as an application would, up to the FAPI 2.0 profile; then the saved tokens used by an <see cref="HttpClient"/>.
/// </summary>
public sealed class AspNetHandlerTests(AspNetHandlerTests.Host host) : IClassFixture<AspNetHandlerTests.Host>
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private const string Free = "handler";
    private const string MustPush = "handler-must-push";
    private const string Fapi = "handler-fapi";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Free, PushedAuthorizationBehavior.UseIfAvailable, true)]
    [InlineData(Free, PushedAuthorizationBehavior.Require, true)]
    [InlineData(Free, PushedAuthorizationBehavior.Disable, false)]
    [InlineData(MustPush, PushedAuthorizationBehavior.UseIfAvailable, true)]
    [InlineData(MustPush, PushedAuthorizationBehavior.Require, true)]
    public async Task It_signs_in_and_its_saved_token_opens_userinfo(string client, PushedAuthorizationBehavior behavior, bool isPushed)
    {
        await using var app = await host.StartAsync(client, behavior);
        using var browser = await host.Oidc.SignedInAsync();
        using var asked = await browser.GetAsync(app.SignIn);
        Assert.Equal(isPushed, asked.Headers.Location!.Query.Contains("request_uri=", StringComparison.Ordinal));
        Assert.Equal(!isPushed, asked.Headers.Location.Query.Contains("scope=", StringComparison.Ordinal));
        var seen = await FinishAsync(browser, asked, app);
        Assert.Equal("Bearer", seen.GetProperty("token_type").GetString());
        Assert.Equal(seen.GetProperty("sub").GetString(), (await UserInfoAsync(seen, host.Oidc.Http)).GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Who_must_push_and_does_not_is_refused()
    {
        await using var app = await host.StartAsync(MustPush, PushedAuthorizationBehavior.Disable);
        using var browser = await host.Oidc.SignedInAsync();
        using var asked = await browser.GetAsync(app.SignIn);
        using var refused = await browser.GetAsync(asked.Headers.Location!.OriginalString);
        Assert.Contains("error=invalid_request", refused.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PushedAuthorizationBehavior.UseIfAvailable)]
    [InlineData(PushedAuthorizationBehavior.Require)]
    public async Task With_keys_pushed_requests_and_DPoP_it_meets_FAPI2_and_its_saved_token_is_worth_nothing_without_the_key(PushedAuthorizationBehavior behavior)
    {
        await using var app = await host.StartAsync(Fapi, behavior);
        using var browser = await host.Oidc.SignedInAsync();
        using var asked = await browser.GetAsync(app.SignIn);
        Assert.Contains("request_uri=", asked.Headers.Location!.Query, StringComparison.Ordinal);
        var seen = await FinishAsync(browser, asked, app);
        Assert.Equal("DPoP", seen.GetProperty("token_type").GetString());
        Assert.Equal(host.Key.Thumbprint, Tokens.ClaimsOf(seen.GetProperty("access_token").GetString()!).GetProperty("cnf").GetProperty("jkt").GetString());

        // A .NET client of its own: the token that the handler saved, and the same key.
        using var dpop = new HttpClient(new DpopHandler(host.Key, new SocketsHttpHandler())) { BaseAddress = host.Oidc.Server.Login };
        Assert.Equal(seen.GetProperty("sub").GetString(), (await UserInfoAsync(seen, dpop)).GetProperty("sub").GetString());
        using var bare = await host.Oidc.UserInfoAsync(seen.GetProperty("access_token").GetString()!);
        Assert.Equal(HttpStatusCode.Unauthorized, bare.StatusCode);
        using var strangersKey = new Signer();
        using var stranger = new HttpClient(new DpopHandler(strangersKey, new SocketsHttpHandler())) { BaseAddress = host.Oidc.Server.Login };
        using var stolen = await stranger.SendAsync(WithToken(seen), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, stolen.StatusCode);
    }

    /// <summary>From the authorization endpoint back into the application, and what that then knows.</summary>
    private static async Task<JsonElement> FinishAsync(Browser browser, HttpResponseMessage asked, Application app)
    {
        using var answered = await browser.GetAsync(asked.Headers.Location!.OriginalString);
        Assert.True(answered.Headers.Location is not null, await answered.Content.ReadAsStringAsync(Cancellation));
        Assert.StartsWith(app.Origin, answered.Headers.Location.OriginalString, StringComparison.Ordinal);
        using var back = await browser.GetAsync(answered.Headers.Location.OriginalString);
        Assert.True(back.StatusCode == HttpStatusCode.Redirect, await back.Content.ReadAsStringAsync(Cancellation));
        using var home = await browser.GetAsync(app.Origin + "/");
        return await home.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private static HttpRequestMessage WithToken(JsonElement seen) =>
        new(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", seen.GetProperty("access_token").GetString()) } };

    private static async Task<JsonElement> UserInfoAsync(JsonElement seen, HttpClient http)
    {
        using var answer = await http.SendAsync(WithToken(seen), Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    internal sealed record Application(WebApplication App, string Origin) : IAsyncDisposable
    {
        public string SignIn => Origin + "/sign-in";

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }

    /// <summary>The server with three clients, and the application that each of them is.</summary>
    public sealed class Host : IAsyncLifetime
    {
        private readonly Dictionary<string, string> _origins = new[] { Free, MustPush, Fapi }.ToDictionary(client => client, _ => $"http://localhost:{FreePort.Next()}");

        internal Signer Key { get; } = new();

        internal OidcServer Oidc { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var settings = new Dictionary<string, string?>();
            foreach (var (client, origin) in _origins)
            {
                settings[$"Clients:{client}:Name"] = "ASP.NET Core";
                settings[$"Clients:{client}:RedirectUris:0"] = origin + "/signin-oidc";
                settings[$"Clients:{client}:Scopes:0"] = "openid";
                settings[$"Clients:{client}:Scopes:1"] = "profile";
                settings[$"Clients:{client}:{(client == Fapi ? "Jwks" : "Secret")}"] = client == Fapi ? Signer.Jwks(Key) : client + "-test-secret";
            }

            settings[$"Clients:{MustPush}:RequiresPushedRequests"] = "true";
            settings[$"Clients:{Fapi}:Fapi"] = "true";

            // FAPI asks for https, but on the machine itself.
            settings[$"Clients:{Fapi}:Native"] = "true";
            Oidc = new OidcServer(settings);
            await Oidc.InitializeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Oidc.DisposeAsync();
            Key.Dispose();
        }

        /// <summary>An application as docs/integrate/aspnet has it.</summary>
        internal async Task<Application> StartAsync(string client, PushedAuthorizationBehavior behavior)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls(_origins[client]);
            builder.Logging.ClearProviders();
            builder.Services.AddDataProtection();
            builder.Services.AddAuthorization();
            builder.Services.AddAuthentication("handler-cookie").AddCookie("handler-cookie").AddOpenIdConnect(oidc =>
            {
                oidc.Authority = Oidc.Issuer;
                oidc.RequireHttpsMetadata = false;
                oidc.ClientId = client;
                oidc.ResponseType = "code";
                oidc.ResponseMode = "query";
                oidc.MapInboundClaims = false;
                oidc.GetClaimsFromUserInfoEndpoint = true;
                oidc.SaveTokens = true;
                oidc.PushedAuthorizationBehavior = behavior;
                oidc.NonceCookie.SameSite = oidc.CorrelationCookie.SameSite = SameSiteMode.Lax;
                oidc.NonceCookie.SecurePolicy = oidc.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                if (client != Fapi)
                {
                    oidc.ClientSecret = client + "-test-secret";
                    return;
                }

                oidc.BackchannelHttpHandler = new DpopHandler(Key, new SocketsHttpHandler()) { IsFor = address => address.AbsolutePath is "/connect/par" or "/connect/token" or "/connect/userinfo", Prepare = Key.AssertAnewAsync(Fapi, Oidc.Issuer) };
                oidc.Events.OnPushAuthorization = context =>
                {
                    Prove(context.ProtocolMessage);
                    context.HandleClientAuthentication();
                    return Task.CompletedTask;
                };
                oidc.Events.OnAuthorizationCodeReceived = context =>
                {
                    Prove(context.TokenEndpointRequest!);
                    return Task.CompletedTask;
                };
            });
            var app = builder.Build();
            app.UseAuthentication();
            app.MapGet("/sign-in", () => Results.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [OpenIdConnectDefaults.AuthenticationScheme]));
            app.MapGet("/", async http => await http.Response.WriteAsJsonAsync(new
            {
                sub = http.User.FindFirst("sub")?.Value,
                access_token = await http.GetTokenAsync("access_token"),
                token_type = await http.GetTokenAsync("token_type"),
            }));
            await app.StartAsync();
            return new Application(app, _origins[client]);
        }

        private void Prove(OpenIdConnectMessage message) =>
            (message.ClientAssertionType, message.ClientAssertion) = (AssertionType, Key.Assertion(Fapi, Oidc.Issuer));
    }
}
