using System.Diagnostics.Metrics;

namespace Identity.Server.Status;

/// <summary>
/// Whether this machine's clock goes as time does. A list is as new as it says: signed over a clock that stands still or went back it
/// would say something untrue, so nothing is signed then, and somebody is told (Sunlight's rule).
/// </summary>
internal sealed partial class ClockWatch(TimeProvider time, ILogger<ClockWatch> logger, IMeterFactory meters)
{
    // Slewing by a time service stays far below; a step by it does not.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostApart = TimeSpan.FromMinutes(1);

    private readonly Gauge<int> _wrong = meters.Create("Identity.Server").CreateGauge<int>(
        "identity.status.clock_wrong", description: "1 while this node's clock stands still, went back or is not the database's; it publishes nothing then");

    private readonly Lock _gate = new();
    private DateTimeOffset _newest;
    private DateTimeOffset _wall;
    private long _stamp = time.GetTimestamp();
    private string? _apart;
    private string? _ahead;
    private string? _gone;
    private string? _problem;

    /// <summary>Null when it goes right; else what is wrong, for operators.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Looks at it again; true when it can be signed over. Call it often: a round is what it compares.</summary>
    /// <param name="elsewhere">What another machine's clock said a moment ago, where there is one to ask.</param>
    /// <param name="published">When the newest list says it was signed.</param>
    public bool Look(DateTimeOffset? elsewhere = null, DateTimeOffset? published = null)
    {
        lock (_gate)
        {
            var (wall, stamp) = (time.GetUtcNow(), time.GetTimestamp());
            if (_wall == default)
            {
                (_wall, _stamp, _newest) = (wall, stamp, wall);
            }

            var passed = time.GetElapsedTime(_stamp, stamp);
            // Who does not ask another clock does not know better than who did.
            var wasApart = _apart is not null;
            if (elsewhere is { } other)
            {
                _apart = (wall - other).Duration() > MostApart ? $"The clock says {wall:O}, that of the database {other:O}." : null;
            }

            if (published is { } signed)
            {
                _ahead = signed - wall > MostApart ? $"The clock says {wall:O}, and a list was signed at {signed:O}." : null;
            }

            if (wall < _newest)
            {
                _gone = $"The clock went back to {wall:O} from {_newest:O}.";
            }
            else if (wasApart && _apart is null)
            {
                // Put right by a step: what it said before is nothing to compare with.
                (_gone, passed) = (null, Shortest);
            }
            else if (passed >= Shortest)
            {
                _gone = wall - _wall < passed / 2 ? $"The clock stands still at {wall:O}." : null;
            }

            var problem = _apart ?? _ahead ?? _gone;
            if (passed >= Shortest)
            {
                (_wall, _stamp) = (wall, stamp);
            }

            // A jump ahead that is not believed must not make the right time look like the past.
            _newest = problem is null && wall > _newest ? wall : _newest;
            if (problem is not null && _problem is null)
            {
                ClockWrong(problem);
            }

            Volatile.Write(ref _problem, problem);
            _wrong.Record(problem is null ? 0 : 1);
            return problem is null;
        }
    }

    [LoggerMessage(3041, LogLevel.Critical, "{Problem} Status lists are not signed until it goes right")]
    private partial void ClockWrong(string problem);
}
