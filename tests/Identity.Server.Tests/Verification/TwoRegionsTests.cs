using System.Text.Json;
using Identity.Server.Tests.Credentials;
using Identity.Server.Trust;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Verification;

/// <summary>A code of one province at the gate of another: whose key, whose status, and what its level counts for.</summary>
public sealed class TwoRegionsTests : IAsyncLifetime
{
    private readonly CodesProvince anhui = new([]);
    private readonly CodesProvince jiangsu = new(new() { ["Trust:Region"] = "32", ["Status:PublishWithin"] = "00:00:01", ["Status:Ttl"] = "00:00:10" });

    public async ValueTask InitializeAsync()
    {
        anhui.Settings["Trust:Neighbours:0:Levels"] = "0,0,0,2";
        foreach (var (province, other) in new[] { (anhui, jiangsu), (jiangsu, anhui) })
        {
            province.Settings["Trust:Neighbours:0:Roots"] = RootsOf(other);
            province.Settings["Trust:Neighbours:0:List"] = Path.Combine(KeysOf(other), "trust-list.cose");
            province.Settings["Trust:KeyFolder"] = KeysOf(province);
            await province.InitializeAsync();
            await File.WriteAllTextAsync(RootsOf(province), Trust(province).Current.RootsJson);
        }

        await Trust(anhui).RefreshAsync(CancellationToken.None);
        await Trust(jiangsu).RefreshAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await anhui.DisposeAsync();
        await jiangsu.DisposeAsync();
    }

    [Fact]
    public async Task Each_passes_at_the_others_gate_and_fails_there_once_its_own_province_withdraws_it()
    {
        using var here = await anhui.OpenWalletAsync(await anhui.AddSomeoneAsync());
        using var there = await jiangsu.OpenWalletAsync(await jiangsu.AddSomeoneAsync());
        var (ours, theirs) = (await PaperAsync(here), await PaperAsync(there));
        Assert.Equal("passed", Verdict(await jiangsu.VerifyAsync(ours.Text)));
        var verdict = await anhui.VerifyAsync(theirs.Text);
        Assert.Equal("passed", Verdict(verdict));

        // The person's level is 4 there or less; here nothing below 4 counts for anything.
        var level = (await jiangsu.VerifyAsync(theirs.Text)).GetProperty("claims").GetProperty("level").GetInt32();
        Assert.Equal(level == 4 ? 2 : 0, verdict.GetProperty("claims").GetProperty("level").GetInt32());

        // Withdrawn in the province that gave it; the other's code of the same list and maybe the same index goes on.
        var (status, _) = await there.PostAsync($"/api/credentials/{theirs.Id}/revoke", new { });
        Assert.Equal(200, status);
        await UntilAsync(async () => Verdict(await jiangsu.VerifyAsync(theirs.Text)) == "failed");
        await UntilAsync(async () => Verdict(await anhui.VerifyAsync(theirs.Text)) == "failed");
        Assert.Equal("passed", Verdict(await anhui.VerifyAsync(ours.Text)));
        Assert.Equal("passed", Verdict(await jiangsu.VerifyAsync(ours.Text)));
    }

    private static TrustListSource Trust(CodesProvince province) => province.Server.App.Services.GetRequiredService<TrustListSource>();

    private static string KeysOf(CodesProvince province) => Path.Combine(province.Server.Directory, "keys");

    private static string RootsOf(CodesProvince province) => Path.Combine(province.Server.Directory, "roots.json");

    private static string? Verdict(JsonElement answer) => answer.GetProperty("verdict").GetString();

    private static async Task<(string Id, string Text)> PaperAsync(Wallet wallet)
    {
        var credential = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0];
        return (credential.GetProperty("id").GetString()!, credential.GetProperty("text").GetString()!);
    }

    // Published within a minute, and asked for again when its ttl is over.
    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 240 && !await isSo(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken);
        }

        Assert.True(await isSo());
    }
}
