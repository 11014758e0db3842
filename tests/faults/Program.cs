using System.Globalization;
using System.Runtime.InteropServices;
using Faults;

var options = new CampaignOptions { Seed = Environment.ProcessId, Cycles = 200 };
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--cycles" when Number(out var cycles):
            options = options with { Cycles = cycles };
            break;
        case "--seconds" when Number(out var seconds):
            options = options with { AtMost = TimeSpan.FromSeconds(seconds) };
            break;
        case "--seed" when Number(out var seed):
            options = options with { Seed = seed };
            break;
        case "--overlap":
            options = options with { Overlap = true };
            break;
        default:
            await Console.Error.WriteLineAsync("usage: tests/faults/run [--cycles N] [--seconds N] [--seed N] [--overlap]    stops at whichever of the first two comes first, or when told to by SIGTERM");
            return args[i] == "--help" ? 0 : 64;
    }

    bool Number(out int value)
    {
        value = 0;
        return i + 1 < args.Length && int.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
    }
}

using var enough = new CancellationTokenSource();
// Of SIGINT the servers would hear too.
using var told = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    enough.Cancel();
});
Console.WriteLine(FormattableString.Invariant($"seed {options.Seed}"));
try
{
    await using var town = await Town.BuildAsync();
    try
    {
        return await new Campaign(town, options).RunAsync(enough.Token) ? 0 : 1;
    }
    catch
    {
        town.Keep = true;
        throw;
    }
}
#pragma warning disable CA1031 // Unhandled, it would end this program before it ends what it started.
catch (Exception broken)
#pragma warning restore CA1031
{
    Console.WriteLine("the campaign itself broke: " + broken);
    return 2;
}
