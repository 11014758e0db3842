using System.Diagnostics;

namespace Browser.Tests;

/// <summary>Another program, run to its end.</summary>
internal sealed record Cli(int ExitCode, string Output, string Errors)
{
    /// <summary>Our own command line tool, as a process of its own.</summary>
    public static Task<Cli> OneCodeAsync(params string[] arguments) =>
        RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "OneCode.Cli.dll"), .. arguments]);

    public static async Task<Cli> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await errors);
    }
}
