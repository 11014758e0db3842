using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Identity.Server.Tests.Fixtures;

/// <summary>An HTTP client that keeps cookies and fills in forms, as a browser without script does.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClientHandler handler;

    public Browser(Uri origin, bool follow)
    {
        handler = new HttpClientHandler { AllowAutoRedirect = follow, CookieContainer = Cookies, CheckCertificateRevocationList = true };
        Http = new HttpClient(handler) { BaseAddress = origin };
    }

    public CookieContainer Cookies { get; } = new();

    public HttpClient Http { get; }

    public Task<HttpResponseMessage> GetAsync(string url) => Http.GetAsync(new Uri(url, UriKind.RelativeOrAbsolute));

    public async Task<IHtmlDocument> OpenAsync(string url)
    {
        using var answer = await GetAsync(url);
        return await ReadAsync(answer);
    }

    public static async Task<IHtmlDocument> ReadAsync(HttpResponseMessage answer) =>
        await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());

    /// <summary>Opens the page, fills in its form (the first, or the one that <paramref name="form"/> selects) and sends it.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(string url, IReadOnlyDictionary<string, string> fields, string form = "main form")
    {
        using var page = await OpenAsync(url);
        return await SendAsync(url, page, fields, form);
    }

    /// <summary>Sends a form of a page opened before, hidden fields and all.</summary>
    public Task<HttpResponseMessage> SendAsync(string url, IHtmlDocument page, IReadOnlyDictionary<string, string> fields, string form = "main form")
    {
        var element = page.QuerySelector(form) as IHtmlFormElement ?? throw new InvalidOperationException($"No form '{form}' at {url}: {page.Body?.TextContent}");
        var values = element.QuerySelectorAll("input[name]").OfType<IHtmlInputElement>()
            .Where(input => input.Type is not ("submit" or "checkbox" or "radio") || input.IsChecked)
            .GroupBy(input => input.Name!)
            .ToDictionary(inputs => inputs.Key, inputs => inputs.First().Value);
        foreach (var (name, value) in fields)
        {
            values[name] = value;
        }

        var target = element.GetAttribute("action") is { Length: > 0 } action ? action : url;
        return Http.PostAsync(new Uri(new Uri(Http.BaseAddress!, url), target), new FormUrlEncodedContent(values));
    }

    /// <summary>Signs in at the login origin with a password; the answer is the redirect to <paramref name="returnUrl"/>.</summary>
    public Task<HttpResponseMessage> SignInAsync(string userName, string password = TheServer.Password, string returnUrl = "/account") =>
        SubmitAsync($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}", new Dictionary<string, string> { ["userName"] = userName, ["password"] = password });

    /// <summary>Whether the account page opens rather than asking to sign in.</summary>
    public async Task<bool> IsSignedInAsync()
    {
        using var answer = await GetAsync("/account");
        return answer.StatusCode == HttpStatusCode.OK;
    }

    public async Task SignOutAsync() => (await SubmitAsync("/sign-out", new Dictionary<string, string>())).Dispose();

    /// <summary>The cookie whose name starts so; ports and prefixes follow or precede it.</summary>
    public Cookie CookieOf(string name) => Cookies.GetAllCookies().Single(cookie => cookie.Name.Replace("__Host-", "", StringComparison.Ordinal).Split('-')[0] == name);

    public void Dispose()
    {
        Http.Dispose();
        handler.Dispose();
    }
}
