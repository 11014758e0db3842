using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OneCode;
using OneCode.Sm;
using OneCode.Verifier;

// A gate in ten lines: ROOTS CACHE [NOW]. Scanned texts on standard input, answers on standard output.
var builder = Host.CreateApplicationBuilder();
builder.Logging.ClearProviders();
if (args is [_, _, var now])
{
    builder.Services.AddSingleton<TimeProvider>(new At(now));
}

builder.Services.AddOneCodeVerifier(TrustRoots.ParseJson(File.ReadAllText(args[0]), Sm2.AndEs256), options => options.CacheFolder = args[1]);
using var host = builder.Build();
await host.StartAsync();
var verifier = host.Services.GetRequiredService<CodeVerifier>();
verifier.Load();
while (Console.ReadLine() is { } text)
{
    var judged = verifier.Judge(text);
    Console.WriteLine($"{judged.Answer} {judged.Reason}".Trim());
}

await host.StopAsync();

// The vectors' moment, so that this sample gives the same answers in any year.
internal sealed class At(string seconds) : TimeProvider
{
    private readonly DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds));

    public override DateTimeOffset GetUtcNow() => now;
}
