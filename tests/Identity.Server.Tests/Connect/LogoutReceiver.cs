using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>A client's back-channel endpoint that can be out of order.</summary>
internal sealed class LogoutReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private int refused;

    private LogoutReceiver(WebApplication app) => this.app = app;

    public string Address => app.Urls.First() + "/backchannel";

    public volatile bool Refuse;

    public int Refused => refused;

    public ConcurrentBag<(JsonElement Header, JsonElement Claims)> Taken { get; } = [];

    /// <summary>The same as they came: the token, and the names of all parameters.</summary>
    public ConcurrentBag<(string Token, string[] Parameters)> Raw { get; } = [];

    public static async Task<LogoutReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new LogoutReceiver(builder.Build());
        receiver.app.MapPost("/backchannel", async (HttpRequest request) =>
        {
            if (receiver.Refuse)
            {
                Interlocked.Increment(ref receiver.refused);
                return Results.StatusCode(503);
            }

            var form = await request.ReadFormAsync();
            var parts = form["logout_token"].ToString().Split('.');
            receiver.Raw.Add((form["logout_token"].ToString(), [.. form.Keys]));
            receiver.Taken.Add((Json(parts[0]), Json(parts[1])));
            return Results.Ok();
        });
        await receiver.app.StartAsync();
        return receiver;
    }

    public async Task UntilAsync(Func<ConcurrentBag<(JsonElement, JsonElement)>, bool> isSo)
    {
        for (var i = 0; i < 200 && !isSo(Taken); i++)
        {
            await Task.Delay(100);
        }

        Assert.True(isSo(Taken), $"taken {Taken.Count}, refused {refused}");
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static JsonElement Json(string part) => JsonSerializer.Deserialize<JsonElement>(System.Buffers.Text.Base64Url.DecodeFromChars(part));
}
