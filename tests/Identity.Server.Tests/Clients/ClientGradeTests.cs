using Identity.Server.Clients;
using Xunit;

namespace Identity.Server.Tests.Clients;

public sealed class ClientGradeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_web_client_with_a_secret_meets_OAuth_and_not_FAPI()
    {
        var grade = ClientGrade.Of(Confidential(), Now, Now);
        Assert.Equal("GradeOAuth", grade.Name);
        Assert.Equal(["KeyAuthentication", "Pushed", "SenderConstrained"], Unmet(grade.Fapi2));
    }

    [Fact]
    public void With_a_key_pushed_requests_and_bound_tokens_it_meets_FAPI()
    {
        var client = AClient.Valid();
        client.Jwks = """{"keys":[]}""";
        client.RequiresPushedRequests = true;
        client.RequiresDpop = true;
        Assert.Equal("GradeFapi", ClientGrade.Of(client, null, Now).Name);
    }

    [Fact]
    public void Plain_http_is_lacking_and_on_a_device_it_is_not()
    {
        var client = Confidential();
        client.RedirectUris[0] = "http://localhost:3000/callback";
        var grade = ClientGrade.Of(client, Now, Now);
        Assert.Equal("GradeLacking", grade.Name);
        Assert.Equal(["TlsRedirect"], Unmet(grade.OAuth21));
        client.Native = true;
        Assert.Empty(Unmet(ClientGrade.Of(client, Now, Now).OAuth21));
    }

    [Fact]
    public void An_old_secret_and_no_back_channel_are_told_and_cost_no_profile()
    {
        var grade = ClientGrade.Of(Confidential(), Now.AddDays(-366), Now);
        Assert.Equal("GradeOAuth", grade.Name);
        Assert.Equal(["SecretAge", "Logout"], Unmet(grade.GoodPractice));
    }

    private static ClientSettings Confidential()
    {
        var client = AClient.Valid();
        client.HoldsSecret = true;
        return client;
    }

    private static IEnumerable<string> Unmet(IReadOnlyList<GradePoint> points) => points.Where(point => !point.IsMet).Select(point => point.Key);
}
