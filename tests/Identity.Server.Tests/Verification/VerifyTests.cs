using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Tests.Credentials;
using Xunit;

namespace Identity.Server.Tests.Verification;

/// <summary>What a scan is worth online, and what each verifier is told.</summary>
public sealed class VerifyTests(CodesProvince province) : IClassFixture<CodesProvince>
{
    [Theory]
    [InlineData("hello", "Malformed")]
    [InlineData("OC1:", "Malformed")]
    [InlineData("OC1:ABC", "Malformed")]
    [InlineData("https://example.org/c#AAAA", "Malformed")]
    public async Task What_is_no_code_is_said_to_be_none(string text, string reason)
    {
        var verdict = await province.VerifyAsync(text);
        Assert.Equal(("failed", reason), (verdict.GetProperty("verdict").GetString(), verdict.GetProperty("reason").GetString()));
        Assert.False(verdict.TryGetProperty("claims", out _));
    }

    [Fact]
    public async Task Anybody_is_told_what_the_code_shows_and_as_of_when()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(vehicle: true));
        var text = (await wallet.PrintAsync("vehicle")).Answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
        var verdict = await province.VerifyAsync(text);
        Assert.Equal("passed", verdict.GetProperty("verdict").GetString());
        Assert.InRange(verdict.GetProperty("statusAsOf").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddSeconds(-10), TimeProvider.System.GetUtcNow().AddSeconds(1));
        Assert.StartsWith("皖A", verdict.GetProperty("claims").GetProperty("plate").GetString(), StringComparison.Ordinal);
        var masked = (await province.VerifyAsync(text, "veh_show")).GetProperty("claims");
        Assert.False(masked.TryGetProperty("plate", out _));
        Assert.StartsWith("皖A·**", masked.GetProperty("maskedPlate").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_gets_the_masked_name_and_not_the_number()
    {
        using var gate = await province.OpenGateAsync("gate-test");
        var claims = (await province.VerifyAsync(await PaperAsync(), "gate", gate)).GetProperty("claims");
        Assert.Equal(["level", "name"], claims.EnumerateObject().Select(property => property.Name).Order());
    }

    [Fact]
    public async Task A_hall_gets_a_pseudonym_that_stays_with_the_person_and_with_the_hall()
    {
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        var paper = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
        var (_, phone, keys) = await wallet.EnrolAsync();
        using var hall = await province.OpenGateAsync("hall-test");
        using var gate = await province.OpenGateAsync("gate-test");
        var first = await SubjectAsync(paper, "hall", hall);
        Assert.Equal(first, await SubjectAsync(await Wallet.ShowAsync(phone.GetProperty("credentials")[0], keys[0]), "hall", hall));
        Assert.NotEqual(first, await SubjectAsync(paper, "library", gate));
        Assert.NotEqual(first, await SubjectAsync(await PaperAsync(), "hall", hall));

        async Task<string?> SubjectAsync(string text, string scene, HttpClient client) =>
            (await province.VerifyAsync(text, scene, client)).GetProperty("claims").GetProperty("subject").GetString();
    }

    [Theory]
    [InlineData(null, "gate", 403, "verifier_level_too_low")]
    [InlineData("gate-test", "hall", 403, "verifier_level_too_low")]
    [InlineData("gate-test", "tea", 400, "unknown_scene")]
    [InlineData("gate-test", "veh_check", 400, "kind_not_of_scene")]
    public async Task A_scene_is_for_whom_and_what_it_is_registered_for(string? client, string scene, int status, string code)
    {
        using var gate = client is null ? new HttpClient { BaseAddress = province.Server.Login } : await province.OpenGateAsync(client);
        using var answer = await gate.PostAsJsonAsync("/api/verify", new { text = await PaperAsync(), scene }, TestContext.Current.CancellationToken);
        Assert.Equal((status, code), ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_bad_token_is_refused_and_not_taken_for_none()
    {
        using var http = new HttpClient { BaseAddress = province.Server.Login };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "nonsense");
        using var answer = await http.PostAsJsonAsync("/api/verify", new { text = "OC1:" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_holders_token_is_no_verifiers_token()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (status, answer) = await wallet.PostAsync("/api/verify", new { text = "OC1:" });
        Assert.Equal((403, "insufficient_scope"), (status, answer.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task The_same_presentation_at_a_second_gate_is_noticed()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (_, answer, keys) = await wallet.EnrolAsync();
        var shown = await Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]);
        using var gate = await province.OpenGateAsync("gate-test");
        using var hall = await province.OpenGateAsync("hall-test");
        Assert.False((await province.VerifyAsync(shown, "gate", gate)).TryGetProperty("seenBefore", out _));
        Assert.False((await province.VerifyAsync(shown, "gate", gate)).TryGetProperty("seenBefore", out _));
        Assert.True((await province.VerifyAsync(shown, "hall", hall)).GetProperty("seenBefore").GetBoolean());
    }

    [Fact]
    public async Task A_recording_is_not_fresh()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (_, answer, keys) = await wallet.EnrolAsync();
        var recorded = await Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0], TimeProvider.System.GetUtcNow().AddMinutes(-5));
        Assert.Equal("NotFresh", (await province.VerifyAsync(recorded)).GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("[]", 400)]
    [InlineData("{}", 400)]
    [InlineData("""{"text":null}""", 400)]
    [InlineData("""{"text":7}""", 400)]
    public async Task A_body_of_another_shape_is_refused(string body, int status)
    {
        using var http = new HttpClient { BaseAddress = province.Server.Login };
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/api/verify", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_body_beyond_the_bound_is_refused_unread()
    {
        using var http = new HttpClient { BaseAddress = province.Server.Login };
        using var answer = await http.PostAsJsonAsync("/api/verify", new { text = "OC1:" + new string('0', 20_000) }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    private async Task<string> PaperAsync()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        return (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
    }
}
