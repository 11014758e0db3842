using System.Net;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Accounts;

public sealed class SignInTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task The_right_password_signs_in_and_goes_back_to_where_one_came_from()
    {
        var name = await server.AddAccountAsync();
        using var browser = server.OpenBrowser();
        using var answer = await browser.SignInAsync(name, returnUrl: "/account?from=test");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/account?from=test", answer.Headers.Location?.OriginalString);
    }
}
