using System.Diagnostics;
using System.Globalization;

namespace Mutation;

/// <summary>A process that runs the tests (<c>Inside/Worker.cs</c>). Whatever it does not answer in time, it is ended.</summary>
internal sealed class Subject : IDisposable
{
    private readonly Process process;

    private Subject(Process process) => this.process = process;

    /// <summary>Null when it did not even start: so dead is the mutant that was alive from the beginning.</summary>
    public static async Task<Subject?> StartAsync(string program, int always, TimeSpan patience)
    {
        string[] arguments = always == 0 ? [] : ["--active", always.ToString(CultureInfo.InvariantCulture)];
        var subject = new Subject(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!);
        // It runs for long: whoever else works on this machine comes first.
        subject.process.PriorityClass = ProcessPriorityClass.BelowNormal;
        subject.process.ErrorDataReceived += (_, _) => { };
        subject.process.BeginErrorReadLine();
        if (await subject.ReadAsync(patience) == "ready")
        {
            return subject;
        }

        subject.Dispose();
        return null;
    }

    /// <summary>Null: it hung or died.</summary>
    public async Task<string?> AskAsync(TimeSpan patience, params string[] words)
    {
        try
        {
            await process.StandardInput.WriteLineAsync(string.Join('\t', words));
            await process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It died: that is an answer.
            return null;
        }

        return await ReadAsync(patience);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private async Task<string?> ReadAsync(TimeSpan patience)
    {
        using var late = new CancellationTokenSource(patience);
        try
        {
            return await process.StandardOutput.ReadLineAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
