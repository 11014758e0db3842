using Sandbox;

if (CommandLine.Parse(args) is not { } line)
{
    await Console.Error.WriteLineAsync(CommandLine.Help);
    return 64;
}
if (line.AsksForHelp)
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}
if (line.TotpOf is { } name)
{
    var code = await Totp.NowAsync(new DataFolder(line.Data), name);
    await (code is null ? Console.Error : Console.Out).WriteLineAsync(code ?? $"no staff account {name}");
    return code is null ? 64 : 0;
}
if (line.Reset)
{
    for (var index = 0; index < line.Regions.Count; index++)
    {
        DataFolder.Reset(Regions.DataOf(line.Data, line.Regions, index));
    }
}

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM,
    signal =>
    {
        signal.Cancel = true;
        stopping.Cancel();
    });

await using var regions = await Regions.StartAsync(
    line.Regions, line.Data, Regions.AddressesFrom(line.Port, line.Regions.Count), line.Verbose ? LogLevel.Information : LogLevel.Warning, stopping.Token);
foreach (var province in regions.Provinces)
{
    await Signpost.WriteAsync(Console.Out, province);
}

await Task.Delay(Timeout.Infinite, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
return 0;
