using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Storage;

/// <summary>
/// Writes what several requests wait for in one transaction: a commit costs the same for one row and for fifty. Nobody waits for
/// company: whoever comes first writes at once, and whoever comes meanwhile is in the next transaction together. An answer comes
/// after the commit that holds it.
/// </summary>
/// <param name="scopes">Each transaction has a scope of its own.</param>
/// <param name="write">Writes and commits the items given, and answers each in its place.</param>
internal sealed class GroupCommit<TItem, TAnswer>(IServiceScopeFactory scopes, Func<ServerDbContext, IReadOnlyList<TItem>, Task<TAnswer[]>> write)
{
    private const int Most = 64;

    private readonly ConcurrentQueue<Waiting> _waiting = new();
    private int _writing;

    /// <summary>Throws what the write threw. A caller who goes away meanwhile changes nothing: what stands in a transaction with others is written.</summary>
    public Task<TAnswer> AddAsync(TItem item, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(item);
        _waiting.Enqueue(waiting);
        StartIfIdle();
        return waiting.Answer.Task.WaitAsync(cancellationToken);
    }

    private void StartIfIdle()
    {
        if (Interlocked.CompareExchange(ref _writing, 1, 0) == 0)
        {
            // Of its own: the one who starts it must not answer for the others, nor take them down when it is cancelled.
            using (ExecutionContext.SuppressFlow())
            {
                _ = Task.Run(WriteAllAsync);
            }
        }
    }

    private async Task WriteAllAsync()
    {
        var group = new List<Waiting>(Most);
        while (true)
        {
            while (group.Count < Most && _waiting.TryDequeue(out var next))
            {
                group.Add(next);
            }

            if (group.Count == 0)
            {
                Volatile.Write(ref _writing, 0);
                // One that came between the last look and the line above found somebody writing.
                if (_waiting.IsEmpty || Interlocked.CompareExchange(ref _writing, 1, 0) != 0)
                {
                    return;
                }

                continue;
            }

            await WriteAsync(group);
            group.Clear();
        }
    }

    private async Task WriteAsync(IReadOnlyList<Waiting> group)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var answers = await write(scope.ServiceProvider.GetRequiredService<ServerDbContext>(), [.. group.Select(waiting => waiting.Item)]);
            for (var i = 0; i < group.Count; i++)
            {
                group[i].Answer.SetResult(answers[i]);
            }
        }
        catch (DbUpdateException) when (group.Count > 1)
        {
            // Refused by the database before a commit, for one of them (its client was removed a moment ago, say): each by itself, so
            // that nobody pays for another.
            foreach (var waiting in group)
            {
                await WriteAsync([waiting]);
            }
        }
#pragma warning disable CA1031 // Those who wait throw it, each in its own request. Let through here it would leave them waiting for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            foreach (var waiting in group)
            {
                waiting.Answer.TrySetException(e);
            }
        }
    }

    private sealed record Waiting(TItem Item)
    {
        public TaskCompletionSource<TAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
