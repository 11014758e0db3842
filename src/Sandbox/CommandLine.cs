namespace Sandbox;

/// <summary>What the Sandbox was asked to do. Unknown words are refused: a misspelt option must not start something else.</summary>
internal sealed record CommandLine
{
    public const string Help = """
        dotnet run --project src/Sandbox [-- OPTIONS]     a province in a box: server, wallet, verifier, two portals, registers
        dotnet run --project src/Sandbox -- totp NAME     the current one-time code of a staff account

          --data DIR    keep database and keys in DIR (default: .data in the current folder)
          --port N      first port (default 5080: login; +1 and +2 portals, +3 wallet, +4 verifier, +5 console, +10 registers)
          --regions R,R  several provinces that believe each other's codes, for example 34,32; each next one 100 ports above
          --reset       forget everything and start afresh
          --verbose     show what the server logs
          --help        this text
        """;

    public string Data { get; private init; } = ".data";

    public int Port { get; private init; } = Addresses.DefaultPort;

    /// <summary>The provinces' codes by GB/T 2260; one unless asked for more.</summary>
    public IReadOnlyList<string> Regions { get; private init; } = ["34"];

    public bool Reset { get; private init; }

    public bool Verbose { get; private init; }

    public bool AsksForHelp { get; private init; }

    /// <summary>The staff account whose code is wanted, instead of a province.</summary>
    public string? TotpOf { get; private init; }

    /// <summary>Null when the words make no sense.</summary>
    public static CommandLine? Parse(ReadOnlySpan<string> words)
    {
        var line = new CommandLine();
        while (words is not [])
        {
            switch (words)
            {
                case ["--help" or "-h", .. var rest]: line = line with { AsksForHelp = true }; words = rest; break;
                case ["--reset", .. var rest]: line = line with { Reset = true }; words = rest; break;
                case ["--verbose", .. var rest]: line = line with { Verbose = true }; words = rest; break;
                case ["--data", var folder, .. var rest]: line = line with { Data = folder }; words = rest; break;
                case ["--port", var number, .. var rest] when ushort.TryParse(number, out var port) && port is > 0 and < 65525:
                    line = line with { Port = port };
                    words = rest;
                    break;
                case ["--regions", var list, .. var rest] when list.Split(',') is var regions && regions.All(IsRegion) && regions.Distinct().Count() == regions.Length && regions.Length <= 8:
                    line = line with { Regions = regions };
                    words = rest;
                    break;
                case ["totp", var name, .. var rest]: line = line with { TotpOf = name }; words = rest; break;
                default: return null;
            }
        }
        return line;
    }

    private static bool IsRegion(string text) => text.Length is >= 1 and <= 4 && text.All(letter => char.IsAsciiDigit(letter) || char.IsAsciiLetterUpper(letter));
}
