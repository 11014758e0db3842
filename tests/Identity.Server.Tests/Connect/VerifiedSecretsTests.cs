using Identity.Server.Connect;
using Identity.Server.Tests.Fixtures;
using OpenIddict.Abstractions;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The shortcut past the slow hash gives the engine's own answers.</summary>
public sealed class VerifiedSecretsTests(TheServer server) : IClassFixture<TheServer>
{
    private const string Stored = "a stored hash";

    [Fact]
    public void A_secret_that_was_right_is_known_again_and_no_other_is()
    {
        var verified = new VerifiedSecrets();
        verified.Remember("right", Stored);

        Assert.True(verified.Contains("right", Stored));
        Assert.False(verified.Contains("wrong", Stored));
        Assert.False(verified.Contains("right", "another client's hash"));
        Assert.False(new VerifiedSecrets().Contains("right", Stored));
    }

    [Fact]
    public Task A_rotated_secret_is_refused_at_once_and_the_new_one_counts() => server.AskAsync<IOpenIddictApplicationManager, bool>(async manager =>
    {
        var clients = Assert.IsType<OidcClients>(manager);
        await clients.CreateAsync(new OpenIddictApplicationDescriptor { ClientId = "rotating", ClientSecret = "the first secret" }, CancellationToken.None);

        for (var again = 0; again < 2; again++)
        {
            Assert.True(await MayAsync("the first secret"));
            Assert.False(await MayAsync("not the secret"));
        }

        var client = (await clients.FindByClientIdAsync("rotating", CancellationToken.None))!;
        await clients.UpdateAsync(client, "the second secret", CancellationToken.None);
        Assert.False(await MayAsync("the first secret"));
        Assert.True(await MayAsync("the second secret"));
        return true;

        async Task<bool> MayAsync(string secret) =>
            await clients.ValidateClientSecretAsync((await clients.FindByClientIdAsync("rotating", CancellationToken.None))!, secret, CancellationToken.None);
    });
}
