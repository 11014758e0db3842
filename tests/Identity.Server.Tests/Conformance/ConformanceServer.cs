using System.Globalization;
using Identity.Server.Subjects;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>The server with the clients that the suite asks for: two with a secret, two that keep FAPI 2.0.</summary>
public sealed class ConformanceServer : IAsyncLifetime
{
    public const string Basic = "suite-basic";
    public const string Second = "suite-second";

    /// <summary>Reads RS256 alone, as a client that registers nothing else may (OpenID Connect Dynamic Client Registration 2).</summary>
    public const string Rsa = "suite-rs256";

    public const string Fapi = "suite-fapi";
    public const string SecondFapi = "suite-fapi-second";

    /// <summary>As FAPI 2.0 wants it, and people are asked.</summary>
    public const string AskingFapi = "suite-fapi-asks";

    /// <summary>The suite registers its second client's address with a query.</summary>
    public const string AddressWithQuery = "https://suite-fapi-second.example/callback?dummy1=lorem&dummy2=ipsum";

    private LogoutReceiver? logouts;
    private OidcServer? oidc;
    private int people;

    internal Signer FapiKey { get; } = new();

    internal Signer SecondFapiKey { get; } = new("PS256", "k2");

    /// <summary>Not the system's: codes and pushed requests grow old without waiting for them.</summary>
    internal FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    internal OidcServer Oidc => oidc!;

    internal LogoutReceiver Logouts => logouts!;

    public async ValueTask InitializeAsync()
    {
        logouts = await LogoutReceiver.StartAsync();
        var settings = new Dictionary<string, string?>();
        foreach (var id in new[] { Basic, Second, Rsa, Fapi, SecondFapi, AskingFapi })
        {
            settings[$"Clients:{id}:Name"] = id;
            settings[$"Clients:{id}:RedirectUris:0"] = $"https://{id}.example/callback";
            settings[$"Clients:{id}:PostLogoutRedirectUris:0"] = PostLogoutOf(id);
            settings[$"Clients:{id}:Scopes:0"] = "openid";
            settings[$"Clients:{id}:Scopes:1"] = "profile";
            settings[$"Clients:{id}:Scopes:2"] = "offline_access";
        }

        settings[$"Clients:{Basic}:Secret"] = OidcServer.SecretOf(Basic);
        settings[$"Clients:{Basic}:BackchannelLogoutUri"] = logouts.Address;
        settings[$"Clients:{Second}:Secret"] = OidcServer.SecretOf(Second);
        settings[$"Clients:{Rsa}:Secret"] = OidcServer.SecretOf(Rsa);
        settings[$"Clients:{Rsa}:IdTokenAlgorithm"] = "RS256";
        settings[$"Clients:{Rsa}:BackchannelLogoutUri"] = logouts.Address;
        foreach (var (id, key) in new[] { (Fapi, FapiKey), (SecondFapi, SecondFapiKey), (AskingFapi, FapiKey) })
        {
            settings[$"Clients:{id}:Fapi"] = "true";
            settings[$"Clients:{id}:Jwks"] = Signer.Jwks(key);
        }

        settings[$"Clients:{AskingFapi}:LegalGround"] = null;
        settings[$"Clients:{SecondFapi}:RedirectUris:1"] = AddressWithQuery;
        oidc = new OidcServer(settings, services => services.AddSingleton<TimeProvider>(Clock));
        await oidc.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Oidc.DisposeAsync();
        await Logouts.DisposeAsync();
        FapiKey.Dispose();
        SecondFapiKey.Dispose();
    }

    internal static string PostLogoutOf(string clientId) => $"https://{clientId}.example/post_logout_redirect";

    /// <summary>Somebody who has a name, not signed in anywhere.</summary>
    internal async Task<string> AddPersonAsync()
    {
        Assert.True(DocumentNumber.TryParse(DocumentType.HkMacaoPermit, "H" + (20_000_000 + Interlocked.Increment(ref people)).ToString(CultureInfo.InvariantCulture), DateOnly.MaxValue, out var number));
        var person = await Oidc.Server.AskAsync<FindOrAddPerson, Guid>(add => add.HandleAsync(number, "张小敏", [new(EvidenceMethod.RegisterMatch, "test")], CancellationToken.None));
        return await Oidc.Server.AddAccountAsync(personId: person);
    }

    /// <summary>Goes where the address leads and does what a person does there, up to <paramref name="redirectUri"/>.</summary>
    internal static async Task<Visit> VisitAsync(Browser browser, string url, string redirectUri, string? account)
    {
        var pages = new List<string>();
        var next = await browser.GetAsync(url);
        for (var hops = 0; hops < 12; hops++)
        {
            using (var answer = next)
            {
                if (answer.Headers.Location is { } location)
                {
                    url = location.OriginalString;
                    if (url.StartsWith(redirectUri, StringComparison.Ordinal))
                    {
                        // A registered query stays in front of the answer.
                        return new(url, QueryHelpers.ParseQuery(new Uri(url).Query).ToDictionary(p => p.Key, p => p.Value.ToString()), pages, (int)answer.StatusCode, null);
                    }

                    next = await browser.GetAsync(url);
                    continue;
                }

                using var page = await Browser.ReadAsync(answer);
                if (account is not null && page.QuerySelector("input[name=password]") is not null)
                {
                    pages.Add("sign-in");
                    next = await browser.SendAsync(url, page, new Dictionary<string, string> { ["userName"] = account, ["password"] = TheServer.Password });
                    continue;
                }

                return new(url, [], pages, (int)answer.StatusCode, page.Body?.TextContent);
            }
        }

        throw new InvalidOperationException("Too many redirects.");
    }
}

/// <summary>What came of it: the answer at the client, or the page at which it ended.</summary>
internal sealed record Visit(string Url, Dictionary<string, string> Answer, List<string> Pages, int Status, string? EndedAt)
{
    public string Code => Answer.GetValueOrDefault("code") ?? throw new InvalidOperationException($"There is no code: {string.Join(", ", Answer)} {Status} {EndedAt}");
}

[CollectionDefinition(Name)]
public sealed class Conformance : ICollectionFixture<ConformanceServer>
{
    public const string Name = "conformance";
}
