using AngleSharp.Html.Dom;
using Identity.Server.Accounts;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary>What a developer does in the portal, step by step, without script.</summary>
internal static class Portal
{
    private static int _serial;

    /// <summary>A citizen whose identity was verified, signed in; each is somebody else.</summary>
    public static async Task<Browser> DeveloperAsync(OidcServer server) => (await NamedDeveloperAsync(server)).Browser;

    public static async Task<(Browser Browser, string UserName, Guid AccountId)> NamedDeveloperAsync(OidcServer server)
    {
        var text = ResidentNumber.WithCheckDigit($"34990019800101{Interlocked.Increment(ref _serial):D3}");
        Assert.True(DocumentNumber.TryParse(DocumentType.ResidentId, text, DateOnly.MaxValue, out var number));
        var person = await server.Server.AskAsync<FindOrAddPerson, Guid>(add => add.HandleAsync(
            number, "开发者", [new(EvidenceMethod.RegisterMatch, "test"), new(EvidenceMethod.DocumentPictures, "test")], CancellationToken.None));
        var name = await server.Server.AddAccountAsync(personId: person);
        var id = await server.Server.AskAsync<ServerDbContext, Guid>(db => db.Set<Account>().Where(account => account.UserName == name).Select(account => account.Id).SingleAsync());
        return (await server.SignedInAsync(name), name, id);
    }

    public static Dictionary<string, string> Form() => new()
    {
        ["How"] = "Web",
        ["Name"] = "我的应用",
        ["NameEn"] = "My application",
        ["RedirectUris"] = AClient.Home,
        ["PostLogoutRedirectUris"] = "https://app.example.org/",
        ["Scopes"] = "profile",
        ["Purposes[profile]"] = "称呼您",
        ["Contacts"] = "dev@example.org",
    };

    /// <summary>Registers through the page; the client's page afterwards, with the secret on it.</summary>
    public static async Task<(string ClientId, string? Secret, IHtmlDocument Page)> RegisterAsync(Browser developer, Dictionary<string, string>? form = null)
    {
        form ??= Form();
        using var answer = await developer.SubmitAsync($"/developer/new?how={form["How"]}", form, "main form.card");
        Assert.True(answer.Headers.Location is not null, await answer.Content.ReadAsStringAsync());
        var page = await developer.OpenAsync(answer.Headers.Location.OriginalString);
        return (page.QuerySelector("#client-id")!.TextContent, page.QuerySelector("#secret")?.TextContent, page);
    }

    /// <summary>Presses a button of the client's page; the page that follows.</summary>
    public static async Task<IHtmlDocument> PressAsync(Browser developer, string clientId, string handler, Dictionary<string, string>? fields = null)
    {
        using var answer = await developer.SubmitAsync($"/developer/clients/{clientId}", fields ?? [], $"main form[action*='handler={handler}']");
        return answer.Headers.Location is { } next ? await developer.OpenAsync(next.OriginalString) : await Browser.ReadAsync(answer);
    }
}
