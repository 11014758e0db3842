using System.Globalization;
using System.Net;
using System.Security.Claims;

namespace Sandbox.Portals;

/// <summary>The one page of a portal: who you are here, and what the portal was told about you.</summary>
internal static class PortalPage
{
    public const string Style = """
        :root { color-scheme: light dark; --ink: #1b2733; --paper: #f6f7f9; --card: #fff; --line: #d5dbe1; --accent: #8a1c1c; --accent-ink: #fff; --dim: #55616d; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --paper: #14191f; --card: #1d242c; --line: #38424c; --accent: #d98080; --accent-ink: #1b0d0d; --dim: #a4b0bb; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 1rem/1.6 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: var(--ink); background: var(--paper); }
        header { border-block-end: 4px solid var(--accent); background: var(--card); }
        header > div, main, footer { max-inline-size: 44rem; margin-inline: auto; padding: 1rem 1.25rem; }
        header > div { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
        header strong { font-size: 1.25rem; }
        h1 { font-size: 1.6rem; line-height: 1.3; margin-block: 1rem .5rem; }
        h2 { font-size: 1.1rem; margin-block: 1.5rem .5rem; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin-block: 1rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0; }
        dt { color: var(--dim); }
        dd { margin: 0; overflow-wrap: anywhere; }
        a { color: var(--accent); }
        .button, button { display: inline-block; font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: var(--accent); color: var(--accent-ink); text-decoration: none; cursor: pointer; min-block-size: 2.75rem; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        footer { color: var(--dim); font-size: .875rem; }
        """;

    public static string LanguageOf(HttpContext http) =>
        http.Request.Query["lang"] is [{ } asked] ? (asked == "en" ? "en" : "zh")
        : http.Request.GetTypedHeaders().AcceptLanguage is [var first, ..] && first.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? "en" : "zh";

    public static string Render(Portal portal, ClaimsPrincipal person, string language)
    {
        var english = language == "en";
        string Say(string zh, string en) => WebUtility.HtmlEncode(english ? en : zh);
        var name = Say(portal.Name, portal.NameEn);
        var body = person.Identity is { IsAuthenticated: true } ? Known() : Unknown();
        return $"""
            <!doctype html>
            <html lang="{(english ? "en" : "zh-CN")}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>{name}</title>
              <link rel="stylesheet" href="/portal.css">
              <link rel="icon" href="data:,">
            </head>
            <body>
              <header><div><strong>{name}</strong><a href="/?lang={(english ? "zh" : "en")}" lang="{(english ? "zh-CN" : "en")}">{(english ? "中文" : "English")}</a></div></header>
              <main>{body}</main>
              <footer>{Say("沙箱演示站点：没有真实的人，也没有真实的业务。", "A sandbox: no real people, no real services.")}</footer>
            </body>
            </html>
            """;

        string Unknown() => $"""
            <h1>{Say("请登录后办理", "Sign in to continue")}</h1>
            <p>{Say("使用统一身份认证登录一次，各部门通用。", "Sign in once with the unified identity; every office knows you.")}</p>
            <p><a class="button" href="/sign-in">{Say("统一身份登录", "Sign in")}</a></p>
            {Services()}
            """;

        string Known() => $"""
            <h1>{Say("您好，", "Hello, ")}<span id="name">{WebUtility.HtmlEncode(Value("name") ?? Value("sub") ?? "")}</span></h1>
            <section aria-labelledby="told">
              <h2 id="told">{Say("本站得知的信息", "What this site was told")}</h2>
              <dl>
                <dt>{Say("实名等级", "Assurance level")}</dt><dd id="level">{WebUtility.HtmlEncode(Level())}</dd>
                <dt>{Say("本站专用标识", "Identifier for this site only")}</dt><dd id="sub">{WebUtility.HtmlEncode(Value("sub") ?? "")}</dd>
                <dt>{Say("认证方式", "Signed in with")}</dt><dd>{WebUtility.HtmlEncode(string.Join(", ", person.FindAll("amr").Select(claim => claim.Value)))}</dd>
                <dt>{Say("登录时间", "Signed in at")}</dt><dd>{WebUtility.HtmlEncode(SignedInAt())}</dd>
              </dl>
              <p>{Say("别的网站看到的是另一个标识，因此各部门无法凭它拼接您的记录。", "Other sites see another identifier, so offices cannot use it to join their records about you.")}</p>
              <form method="post" action="/sign-out"><button type="submit">{Say("退出登录", "Sign out")}</button></form>
              <p>{Say("退出后，其他部门的网站也一并退出。", "Signing out here signs you out everywhere.")}</p>
            </section>
            {Services()}
            """;

        string Services() => $"""
            <h2>{Say("常用服务", "Services")}</h2>
            <ul>{string.Concat(portal.Services.Select(service => $"<li>{Say(service.Zh, service.En)}</li>"))}</ul>
            """;

        string? Value(string claim) => person.FindFirst(claim)?.Value;

        string Level() => Value("acr") is { } acr ? acr[(acr.LastIndexOf(':') + 1)..] : "";

        string SignedInAt() => long.TryParse(Value("auth_time"), CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            : "";
    }
}
