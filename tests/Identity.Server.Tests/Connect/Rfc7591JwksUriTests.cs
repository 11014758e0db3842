using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Identity.Server.Clients;
using Identity.Server.Connect.Proofs;
using Identity.Server.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 7591 2, <c>jwks_uri</c>: a client publishes its keys at its own address, by HTTPS, and changes them there. The listener here is a real one, with a certificate of its own.</summary>
public sealed class Rfc7591JwksUriTests(Rfc7591JwksUriTests.Host host) : IClassFixture<Rfc7591JwksUriTests.Host>
{
    private const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly Signer _first = host.First;
    private readonly Signer _second = host.Second;
    private readonly Site _site = host.NextSite();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_key_counts_and_is_fetched_once()
    {
        await ExpectAsync(_first, HttpStatusCode.OK);
        await ExpectAsync(_first, HttpStatusCode.OK);
        Assert.Equal(1, _site.Asked);
    }

    [Fact]
    public async Task A_key_that_is_new_there_is_fetched_at_most_once_a_minute_and_one_that_is_gone_counts_no_more()
    {
        await ExpectAsync(_first, HttpStatusCode.OK);
        _site.Body = Signer.Jwks(_second);

        // Just asked: whoever sends wrong assertions does not have us call there each time.
        await ExpectAsync(_second, HttpStatusCode.Unauthorized);
        await ExpectAsync(_second, HttpStatusCode.Unauthorized);
        Assert.Equal(1, _site.Asked);

        host.Clock.Ahead += FetchedKeys.Pause;
        await ExpectAsync(_second, HttpStatusCode.OK);
        await ExpectAsync(_first, HttpStatusCode.Unauthorized);
        Assert.Equal(2, _site.Asked);
    }

    [Fact]
    public async Task Keys_outlive_an_outage_and_not_for_long()
    {
        await ExpectAsync(_first, HttpStatusCode.OK);
        _site.Status = 503;
        host.Clock.Ahead += FetchedKeys.Good - TimeSpan.FromMinutes(5);
        await ExpectAsync(_first, HttpStatusCode.OK);
        host.Clock.Ahead += TimeSpan.FromMinutes(10);
        await ExpectAsync(_first, HttpStatusCode.Unauthorized);
        _site.Status = 200;
        host.Clock.Ahead += FetchedKeys.Pause;
        await ExpectAsync(_first, HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("too large")]
    [InlineData("redirect")]
    [InlineData("no JSON")]
    [InlineData("no key")]
    [InlineData("private key")]
    public async Task What_is_wrong_there_is_refused_here(string what)
    {
        switch (what)
        {
            case "too large":
                _site.Body = Signer.Jwks(_first)[..^1] + ",\"x\":\"" + new string('x', FetchedKeys.LargestSet) + "\"}";
                break;
            case "redirect":
                _site.Status = 302;
                break;
            case "no JSON":
                _site.Body = "<html>";
                break;
            case "no key":
                _site.Body = "{\"keys\":[]}";
                break;
            case "private key":
                _site.Body = Signer.Jwks(_first).Replace("\"kty\"", $"\"d\":\"{_first.PrivateMember}\",\"kty\"", StringComparison.Ordinal);
                break;
        }

        await ExpectAsync(_first, HttpStatusCode.Unauthorized);
        Assert.Equal(1, _site.Asked);
    }

    [Fact]
    public async Task Keys_for_other_things_are_passed_over()
    {
        _site.Body = Signer.Jwks(_first).Replace("[{", "[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":\"AQAB\"},{", StringComparison.Ordinal);
        await ExpectAsync(_first, HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_address_that_leads_into_our_networks_is_not_called()
    {
        await ExpectAsync(_first, HttpStatusCode.Unauthorized, "inside");
        Assert.Equal(0, host.SiteOf("inside").Asked);
    }

    [Fact]
    public async Task An_address_with_another_certificate_is_told_nothing()
    {
        await ExpectAsync(_first, HttpStatusCode.Unauthorized, "impostor");
        Assert.Equal(0, host.SiteOf("impostor").Asked);
    }

    [Fact]
    public async Task Many_that_come_at_once_wait_for_one_answer()
    {
        _site.Slow = TimeSpan.FromMilliseconds(300);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ExpectAsync(_first, HttpStatusCode.OK)));
        Assert.Equal(1, _site.Asked);
    }

    [Fact]
    public async Task Who_waits_too_long_is_refused_and_the_server_goes_on()
    {
        _site.Slow = TimeSpan.FromMinutes(1);
        await ExpectAsync(_first, HttpStatusCode.Unauthorized);
        Assert.False((await host.Oidc.ClientCredentialsAsync(OidcServer.Machine)).AccessToken.Length == 0);
    }

    private async Task ExpectAsync(Signer signer, HttpStatusCode expected, string? client = null)
    {
        client ??= _site.Client;
        var assertion = signer.Assertion(client, host.Oidc.Issuer, claims =>
        {
            var now = host.Clock.GetUtcNow().ToUnixTimeSeconds();
            (claims["iat"], claims["exp"]) = (now, now + 60);
        });
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", client), new("client_assertion_type", Type), new("client_assertion", assertion),
        ]);
        using var answer = await host.Oidc.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, Cancellation);
        Assert.Equal(expected, answer.StatusCode);
        if (expected != HttpStatusCode.OK)
        {
            Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(answer));
        }
    }

    /// <summary>What one client publishes.</summary>
    internal sealed class Site(string client, string body)
    {
        private int _asked;

        public string Client => client;

        public int Asked => Volatile.Read(ref _asked);

        public volatile string Body = body;

        public volatile int Status = 200;

        public TimeSpan Slow { get; set; }

        public async Task AnswerAsync(HttpContext http)
        {
            Interlocked.Increment(ref _asked);
            if (Slow > TimeSpan.Zero)
            {
                await Task.Delay(Slow, http.RequestAborted);
            }

            http.Response.StatusCode = Status;
            if (Status == 302)
            {
                http.Response.Headers.Location = "/elsewhere";
            }

            await http.Response.WriteAsync(Body);
        }
    }

    /// <summary>Stands still, so that no slow machine lets a minute pass; and goes on when a test says so.</summary>
    internal sealed class Later : TimeProvider
    {
        private readonly DateTimeOffset _start = System.GetUtcNow();

        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => _start + Ahead;
    }

    /// <summary>The server, and a web server by HTTPS with a page for each client.</summary>
    public sealed class Host : IAsyncLifetime
    {
        private const int Clients = 20;

        private readonly X509Certificate2 _certificate = Made();
        private readonly X509Certificate2 _another = Made();
        private readonly Dictionary<string, Site> _sites = [];
        private WebApplication? _web;
        private int _taken;

        internal Signer First { get; } = new(keyId: "k1");

        internal Signer Second { get; } = new("PS256", "k2");

        internal Later Clock { get; } = new();

        internal OidcServer Oidc { get; private set; } = null!;

        internal int Port { get; private set; }

        internal Site NextSite() => _sites[$"site-{Interlocked.Increment(ref _taken) - 1}"];

        internal Site SiteOf(string client) => _sites[client];

        public async ValueTask InitializeAsync()
        {
            foreach (var name in Enumerable.Range(0, Clients).Select(number => $"site-{number}").Concat(["inside", "impostor"]))
            {
                _sites[name] = new Site(name, Signer.Jwks(First));
            }

            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
                listen.UseHttps(https => https.ServerCertificateSelector = (_, name) => name == "impostor.example" ? _another : _certificate)));
            _web = builder.Build();
            _web.Run(http => _sites[http.Request.Path.Value![1..]].AnswerAsync(http));
            await _web.StartAsync();
            Port = new Uri(_web.Urls.First()).Port;

            var settings = new Dictionary<string, string?>();
            foreach (var name in _sites.Keys)
            {
                settings[$"Clients:{name}:Name"] = "Publishes its keys";
                settings[$"Clients:{name}:ClientCredentials"] = "true";
                settings[$"Clients:{name}:JwksUri"] = $"https://{name}.example:{Port}/{name}";
            }

            Oidc = new OidcServer(settings, services =>
            {
                services.AddSingleton<TimeProvider>(Clock);

                // "inside" leads here and into a network of ours: had anything but the guard resolved it, or looked at one address alone, it would be called.
                services.AddSingleton(all => new OutboundGuard(all.GetRequiredService<IOptions<WebOptions>>(), all.GetRequiredService<IHostEnvironment>())
                {
                    Resolve = (host, _) => Task.FromResult(host == "inside.example" ? [IPAddress.Loopback, IPAddress.Parse("10.0.0.1")] : new[] { IPAddress.Loopback }),
                });
                foreach (var name in new[] { FetchedKeys.HttpClientName, SectorIdentifiers.HttpClientName })
                {
                    services.AddHttpClient(name).ConfigurePrimaryHttpMessageHandler(all =>
                    {
                        var handler = all.GetRequiredService<OutboundGuard>().Handler();
                        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
                            shown?.GetCertHashString(HashAlgorithmName.SHA256) == _certificate.GetCertHashString(HashAlgorithmName.SHA256);
                        return handler;
                    });
                }
            });
            await Oidc.InitializeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Oidc.DisposeAsync();
            if (_web is { } web)
            {
                await web.DisposeAsync();
            }

            _certificate.Dispose();
            _another.Dispose();
            First.Dispose();
            Second.Dispose();
        }

        private static X509Certificate2 Made()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var now = TimeProvider.System.GetUtcNow();
            using var made = new CertificateRequest("CN=keys.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }
}
