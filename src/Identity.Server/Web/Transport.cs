using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>What is let in at the door: sizes, waiting times, HTTPS, and whose word about the caller's address counts.</summary>
internal static class Transport
{
    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<WebOptions>>((kestrel, web) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = web.Value.MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 256 * 1024;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(65);
        });
        builder.Services.Configure<FormOptions>(form =>
        {
            form.ValueCountLimit = 200;
            form.KeyLengthLimit = 256;
            form.ValueLengthLimit = 32 * 1024;
        });
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<WebOptions>>((forwarded, web) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in web.Value.TrustedProxies)
            {
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            }
        });

        // Nobody said where to listen: then where the origins say, so that a plain "dotnet run" works.
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null && builder.Configuration["https_ports"] is null
            && builder.Environment.IsDevelopment() && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            var origins = builder.Configuration.GetSection(Origins.Section).Get<Origins>() ?? new Origins();
            builder.Configuration["urls"] = string.Join(';', new[] { origins.Login, origins.Wallet, origins.Verifier, origins.Console }.Select(Origins.TextOf).Distinct());
        }
    }

    public static void Use(WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<WebOptions>>().Value.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }

        if (app.Services.GetRequiredService<IOptions<Origins>>().Value.Login.Scheme == Uri.UriSchemeHttps)
        {
            app.Use(RefusePlainHttp);
        }
    }

    /// <summary>A cookie or a token that came in the clear is lost; only probes of the machine itself may.</summary>
    private static Task RefusePlainHttp(HttpContext context, RequestDelegate next)
    {
        if (context.Request.IsHttps || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) || context.Request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal))
        {
            return next(context);
        }

        if (HttpMethods.IsGet(context.Request.Method) && !context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            context.Response.Redirect($"https://{context.Request.Host.Host}{context.Request.Path}{context.Request.QueryString}", permanent: true, preserveMethod: true);
            return Task.CompletedTask;
        }

        return Problem.Of(StatusCodes.Status400BadRequest, "https_required", "Use HTTPS.").ExecuteAsync(context);
    }
}

/// <summary>Plain HTTP is for a developer's own machine. Anywhere else the server says so and does not start.</summary>
internal sealed class HttpsRequired(IHostEnvironment environment) : IValidateOptions<Origins>
{
    public ValidateOptionsResult Validate(string? name, Origins options)
    {
        (string Name, Uri Origin)[] all = [("Login", options.Login), ("Wallet", options.Wallet), ("Verifier", options.Verifier), ("Console", options.Console)];
        var failures = new List<string>();
        foreach (var (which, origin) in all)
        {
            if (!origin.IsAbsoluteUri || origin.PathAndQuery != "/" || origin.Scheme is not ("http" or "https"))
            {
                failures.Add($"Origins:{which} is '{origin}', but an origin is scheme, host and port, such as https://id.example.org.");
            }
            else if (origin.Scheme != Uri.UriSchemeHttps && !(environment.IsDevelopment() && origin.IsLoopback))
            {
                failures.Add($"Origins:{which} is {origin}: HTTPS is required. Plain HTTP is allowed on loopback in Development only.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
