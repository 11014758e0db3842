using System.Globalization;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>Chinese first, English complete. The choice is a link (<c>?lang=en</c>), remembered in a cookie; no script.</summary>
internal static class Language
{
    private const string Parameter = "lang";

    private static readonly string[] Known = ["zh-CN", "en"];

    /// <summary>Whether this request is read in English.</summary>
    public static bool IsEnglish => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en";

    public static void Add(IServiceCollection services)
    {
        services.AddLocalization();
        services.AddOptions<RequestLocalizationOptions>().Configure<IOptions<Origins>>((options, origins) =>
        {
            options.SetDefaultCulture(Known[0]).AddSupportedCultures(Known).AddSupportedUICultures(Known);
            options.ApplyCurrentCultureToResponseHeaders = true;
            options.RequestCultureProviders =
            [
                new QueryStringRequestCultureProvider { QueryStringKey = Parameter, UIQueryStringKey = Parameter },
                new CookieRequestCultureProvider { CookieName = CookieName(origins.Value) },
                new AcceptLanguageHeaderRequestCultureProvider(),
            ];
        });
    }

    /// <summary>Localises the request and remembers a choice made by the link.</summary>
    public static void Use(WebApplication app)
    {
        var origins = app.Services.GetRequiredService<IOptions<Origins>>().Value;
        app.UseRequestLocalization();
        app.Use((context, next) =>
        {
            if (context.Request.Query[Parameter] is [{ } chosen] && Known.Contains(chosen))
            {
                var cookie = new CookieBuilder();
                Cookies.Configure(cookie, "lang", origins.Login);
                context.Response.Cookies.Append(
                    CookieName(origins),
                    CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(chosen)),
                    new CookieOptions { Path = "/", HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
            }

            return next(context);
        });
    }

    /// <summary>This page in the other language. A form's answer leads back to the page with the form.</summary>
    public static string SwitchUrl(HttpContext context, string language)
    {
        var query = context.Request.Query.Where(pair => pair.Key is not (Parameter or ExpiredForms.Mark)).Append(new(Parameter, language));
        return QueryHelpers.AddQueryString(context.Request.Path, query);
    }

    private static string CookieName(Origins origins) => Cookies.NameOf("lang", origins.Login);
}
