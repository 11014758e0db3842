using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using OneCode;

namespace Identity.Server.Verification;

/// <summary>
/// Notices a presentation at a second gate while it is fresh: a filmed screen, or a phone handed through the fence. A hint for
/// the guard and no verdict: two gates of one hall see the same phone too. Known in this process only, bounded, and gone with the window.
/// </summary>
internal sealed class ReplayGuard(TimeProvider clock)
{
    private const int Most = 200_000;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(150);

    private readonly ConcurrentDictionary<(string Issuer, string List, int Index, long PresentedAt), (ulong Gate, long Until)> _seen = new();
    private long _sweptAt;

    /// <summary>Whether another gate has seen it. What identifies a presentation is its index and moment, never its text: a signature can be altered and still hold.</summary>
    public bool WasSeenElsewhere(Credential credential, string gate)
    {
        if (credential.PresentedAt is not { } presentedAt)
        {
            return false;
        }

        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        Sweep(now);
        var status = credential.Claims.Status;
        var here = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(gate)));
        var first = _seen.Count < Most
            ? _seen.GetOrAdd((credential.Claims.Issuer, status.List, status.Index, presentedAt.ToUnixTimeSeconds()), (here, now + (long)Window.TotalSeconds))
            : (here, now);
        return first.Item1 != here;
    }

    private void Sweep(long now)
    {
        var before = Interlocked.Read(ref _sweptAt);
        if (now - before < 30 || Interlocked.CompareExchange(ref _sweptAt, now, before) != before)
        {
            return;
        }

        foreach (var (key, seen) in _seen)
        {
            if (seen.Until < now)
            {
                _seen.TryRemove(key, out _);
            }
        }
    }
}
