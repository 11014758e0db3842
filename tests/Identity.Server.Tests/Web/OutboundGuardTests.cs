using System.Net;
using Identity.Server.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Identity.Server.Tests.Web;

/// <summary>Calls to addresses that others registered go to the public Internet, to what is configured, and nowhere else (SSRF).</summary>
public sealed class OutboundGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("198.18.0.1")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    public void An_inner_address_is_not_called_in_production(string address) => Assert.False(Guard().MayCall(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2400:3200::1")]
    public void A_public_address_is_called(string address) => Assert.True(Guard().MayCall(IPAddress.Parse(address)));

    [Fact]
    public void A_configured_network_is_called_and_its_neighbour_is_not()
    {
        var guard = Guard(networks: "10.20.0.0/16");
        Assert.True(guard.MayCall(IPAddress.Parse("10.20.3.4")));
        Assert.True(guard.MayCall(IPAddress.Parse("::ffff:10.20.3.4")));
        Assert.False(guard.MayCall(IPAddress.Parse("10.21.0.1")));
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_refused_before_a_byte_is_sent()
    {
        await using var inner = await Inner.StartAsync();
        using var http = new HttpClient(Guard().Handler());
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(inner.Address, TestContext.Current.CancellationToken));
        Assert.IsType<AddressRefusedException>(refusal.InnerException);
        Assert.Equal(0, inner.Requests);
    }

    [Fact]
    public async Task A_name_with_one_inner_address_among_public_ones_is_refused()
    {
        using var http = new HttpClient(Guard(resolve: _ => [IPAddress.Parse("8.8.8.8"), IPAddress.Loopback]).Handler());
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("http://two-faced.example/"), TestContext.Current.CancellationToken));
        Assert.IsType<AddressRefusedException>(refusal.InnerException);
    }

    [Fact]
    public async Task A_name_that_changes_after_it_was_checked_gains_nothing()
    {
        // DNS rebinding: the first answer is allowed, every later one is not. The connection goes to the first.
        await using var allowed = await Inner.StartAsync();
        var asked = 0;
        using var http = new HttpClient(Guard(networks: "127.0.0.0/8", resolve: _ => asked++ == 0 ? [IPAddress.Loopback] : [IPAddress.Parse("169.254.169.254")]).Handler());
        using var answer = await http.GetAsync(new Uri($"http://rebinding.example:{allowed.Address.Port}/"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, asked);
        Assert.Equal(1, allowed.Requests);
    }

    [Fact]
    public async Task A_redirect_is_an_answer_and_is_not_followed()
    {
        await using var inner = await Inner.StartAsync();
        await using var outer = await Inner.StartAsync(redirectTo: inner.Address);
        using var http = new HttpClient(Guard(networks: "127.0.0.0/8").Handler());
        using var answer = await http.GetAsync(outer.Address, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(0, inner.Requests);
    }

    [Fact]
    public async Task Headers_without_end_are_an_error()
    {
        await using var outer = await Inner.StartAsync(headers: 64 * 1024);
        using var http = new HttpClient(Guard(networks: "127.0.0.0/8").Handler());
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(outer.Address, TestContext.Current.CancellationToken));
    }

    private static OutboundGuard Guard(string? networks = null, Func<string, IPAddress[]>? resolve = null)
    {
        var options = new WebOptions();
        if (networks is not null)
        {
            options.InternalNetworks.Add(networks);
        }

        var guard = new OutboundGuard(Options.Create(options), new Production());
        return resolve is null ? guard : new OutboundGuard(Options.Create(options), new Production()) { Resolve = (host, _) => Task.FromResult(resolve(host)) };
    }

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }

    private sealed class Inner : IAsyncDisposable
    {
        private readonly WebApplication app;
        private int requests;

        private Inner(WebApplication app) => this.app = app;

        public int Requests => Volatile.Read(ref requests);

        public Uri Address => new(app.Urls.First());

        public static async Task<Inner> StartAsync(Uri? redirectTo = null, int headers = 0)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var inner = new Inner(builder.Build());
            inner.app.MapGet("/", (HttpContext http) =>
            {
                Interlocked.Increment(ref inner.requests);
                for (var sent = 0; sent < headers; sent += 1024)
                {
                    http.Response.Headers[$"x-{sent}"] = new string('x', 1000);
                }

                return redirectTo is null ? Results.Ok() : Results.Redirect(redirectTo.ToString());
            });
            await inner.app.StartAsync();
            return inner;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
