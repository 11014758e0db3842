using Identity.Server.Administration.Pages;
using Identity.Server.Clients;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary>What the portal's form does to a registration, and what its reviewer sees of it.</summary>
public sealed class ClientFormTests
{
    [Fact]
    public void A_native_client_of_the_FAPI_profile_stays_one_when_its_name_changes()
    {
        var native = new ClientSettings { Name = "A", Native = true, Fapi = true, Jwks = "{}", RedirectUris = ["http://127.0.0.1/callback"] };
        var form = ClientForm.Of(native);
        form.Name = "B";
        Assert.True(form.ToSettings(native).Fapi);
    }

    [Fact]
    public void With_keys_the_form_decides()
    {
        var web = new ClientSettings { Name = "A", Fapi = true, Jwks = "{}", RedirectUris = ["https://a.example/callback"] };
        var form = ClientForm.Of(web);
        form.Fapi = false;
        Assert.False(form.ToSettings(web).Fapi);
    }

    [Fact]
    public void The_sector_is_said_when_an_application_is_registered_and_stays()
    {
        var form = new ClientForm { Name = "A", RedirectUris = "https://a.example/callback", SectorIdentifierUri = " https://sector.example/uris.json " };
        var registered = form.ToSettings();
        Assert.Equal("https://sector.example/uris.json", registered.SectorIdentifierUri);
        form.SectorIdentifierUri = "https://other.example/uris.json";
        Assert.Equal("https://sector.example/uris.json", form.ToSettings(registered).SectorIdentifierUri);
    }

    [Fact]
    public void Whatever_a_developer_can_change_the_reviewer_sees()
    {
        var present = new ClientSettings { Name = "A", Scopes = ["profile"] };
        Assert.DoesNotContain(ApplicationsModel.LinesOf(present, present), IsChange);
        ClientSettings[] changes =
        [
            new() { Name = "A", Scopes = ["profile"], PurposesEn = new Dictionary<string, string> { ["profile"] = "Another" } },
            new() { Name = "A", Scopes = ["profile"], DepartmentEn = "Another" },
            new() { Name = "A", Scopes = ["profile"], Fapi = true },
            new() { Name = "A", Scopes = ["profile"], RequiresDpop = true },
            new() { Name = "A", Scopes = ["profile"], RequiresPushedRequests = true },
        ];
        Assert.All(changes, wanted => Assert.Contains(ApplicationsModel.LinesOf(wanted, present), IsChange));
    }

    private static bool IsChange((string Label, IReadOnlyList<string> After, IReadOnlyList<string> Before) line) => !line.After.SequenceEqual(line.Before);
}
