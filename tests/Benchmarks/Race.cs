using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Benchmarks;

/// <summary>
/// Ours and the limit on one thread by turns of a twentieth of a second, in processor time of that thread: what else the machine does hits both alike, and
/// the median pair counts.
/// </summary>
internal static partial class Race
{
    private const int Pairs = 61;
    private const int ThreadTime = 3;
    private const int Nanoseconds = 1_000_000_000;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <param name="name">Of the figure.</param>
    /// <param name="conditions">Of the figure.</param>
    /// <param name="ours">One call; false is an error.</param>
    /// <param name="peer">One call of the limit's.</param>
    /// <param name="peerName">What it is.</param>
    public static Figure Run(string name, string conditions, Func<bool> ours, Func<bool> peer, string peerName)
    {
        _ = Measure(ours, WarmUp);
        _ = Measure(peer, Turn);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _ = ours();
        }

        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        var pairs = new List<(Rate Ours, Rate Peer)>();
        for (var i = 0; i < Pairs; i++)
        {
            // Whoever comes second finds other caches; so they take turns at that too.
            var second = i % 2 == 0 ? default : Measure(peer, Turn);
            var first = Measure(ours, Turn);
            pairs.Add((first, i % 2 == 0 ? Measure(peer, Turn) : second));
        }

        var median = pairs.OrderBy(pair => pair.Ours.Processor / pair.Peer.Processor).ElementAt(Pairs / 2);
        var wall = pairs.OrderBy(pair => pair.Ours.Wall / pair.Peer.Wall).ElementAt(Pairs / 2);
        return new Figure(name, median.Ours.Processor, median.Peer.Processor, peerName, "1/s", string.Create(
            CultureInfo.InvariantCulture, $"{conditions}; {allocated} bytes allocated a call; by the clock {wall.Ours.Wall:0} and {wall.Peer.Wall:0}, ratio {wall.Ours.Wall / wall.Peer.Wall:0.000}"));
    }

    /// <summary>Calls a second, for a time, of processor time and by the clock.</summary>
    public static Rate Measure(Func<bool> call, TimeSpan lasts)
    {
        var started = Stopwatch.GetTimestamp();
        var before = ThreadSeconds();
        long calls = 0;
        do
        {
            for (var i = 0; i < 16; i++)
            {
                if (!call())
                {
                    throw new InvalidOperationException("What is measured went wrong.");
                }
            }

            calls += 16;
        }
        while (Stopwatch.GetElapsedTime(started) < lasts);
        return new Rate(calls / (ThreadSeconds() - before), calls / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static double ThreadSeconds() => ReadClock(ThreadTime, out var time) == 0
        ? time.Seconds + ((double)time.Rest / Nanoseconds)
        : throw new InvalidOperationException("No processor time of a thread here.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int ReadClock(int clock, out Time time);

    internal readonly record struct Rate(double Processor, double Wall);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly long Seconds;
        public readonly long Rest;
    }
}
