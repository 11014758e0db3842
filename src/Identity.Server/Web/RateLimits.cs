using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>
/// Names for <c>RequireRateLimiting</c>. These keep one caller from crowding out the others; that guesses of passwords and codes
/// are few is counted durably elsewhere and does not rest on them.
/// </summary>
internal static class RateLimits
{
    /// <summary>Sign-in forms, by address.</summary>
    public const string SignIn = "sign-in";

    /// <summary>API calls that need no token, by address.</summary>
    public const string Anonymous = "anonymous";

    // Not routed: the engine answers them before routes count, so they hang on the limiter that sees everything.
    private static readonly PathString[] ForClients = ["/connect/token", "/connect/par", "/connect/introspect", "/connect/revoke", "/connect/register"];

    public static void Add(IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<WebOptions>>((limiter, web) =>
        {
            var limits = web.Value;
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, string>(context =>
                    Array.Exists(ForClients, path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase))
                        ? RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => new TokenBucketRateLimiterOptions
                        {
                            TokenLimit = limits.ClientCallsPerSecond * 10,
                            TokensPerPeriod = limits.ClientCallsPerSecond,
                            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                        })
                        : RateLimitPartition.GetNoLimiter("others")),
                PartitionedRateLimiter.Create<HttpContext, string>(_ => RateLimitPartition.GetConcurrencyLimiter(
                    "all", _ => new ConcurrencyLimiterOptions { PermitLimit = limits.MaxConcurrentRequests, QueueLimit = limits.MaxConcurrentRequests })));
            limiter.AddPolicy(SignIn, context => HttpMethods.IsPost(context.Request.Method)
                ? RateLimitPartition.GetSlidingWindowLimiter(Caller(context), _ => new SlidingWindowRateLimiterOptions
                {
                    PermitLimit = limits.SignInsPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                    SegmentsPerWindow = 6,
                })
                : RateLimitPartition.GetNoLimiter("reading"));
            limiter.AddPolicy(Anonymous, context => RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limits.AnonymousCallsPerSecond * 10,
                TokensPerPeriod = limits.AnonymousCallsPerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            }));
            limiter.OnRejected = (rejected, _) =>
            {
                var isCrowd = !rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait);
                if (isCrowd)
                {
                    rejected.HttpContext.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                }

                rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                return ValueTask.CompletedTask;
            };
        });
    }

    /// <summary>One address; of IPv6 the /64, which one household owns whole.</summary>
    public static string Caller(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return "?";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress([.. address.GetAddressBytes().AsSpan(0, 8), .. new byte[8]]).ToString()
            : address.ToString();
    }
}
