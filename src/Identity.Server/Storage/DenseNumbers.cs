using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Storage;

/// <summary>
/// Hands out numbers 0, 1, 2, ... of a series, each once in the life of the database. A node takes a block at a time, so that
/// no counter row is shared by every transaction; what is left of a block when a node stops is never used, which costs
/// nothing but room.
/// <para>Takes a block in a transaction of its own. Call it before opening a transaction: on SQLite the two would wait for each other.</para>
/// </summary>
internal sealed class DenseNumbers(IServiceScopeFactory scopes)
{
    private const int BlockSize = 64;

    private readonly ConcurrentDictionary<string, Block> _blocks = new();

    public async Task<long> NextAsync(string name, CancellationToken cancellationToken)
    {
        var block = _blocks.GetOrAdd(name, _ => new Block());
        await block.Turn.WaitAsync(cancellationToken);
        try
        {
            if (block.Next == block.End)
            {
                block.Next = await TakeBlockAsync(name, cancellationToken);
                block.End = block.Next + BlockSize;
            }

            return block.Next++;
        }
        finally
        {
            block.Turn.Release();
        }
    }

    /// <summary>The first number that no node has yet: an upper bound of what is in use.</summary>
    public static Task<long> UpperBoundAsync(ServerDbContext db, string name, CancellationToken cancellationToken) =>
        db.Set<DenseNumber>().Where(number => number.Name == name).Select(number => number.Next).SingleOrDefaultAsync(cancellationToken);

    private async Task<long> TakeBlockAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            // The update locks the row, so what is read next is what this transaction wrote.
            var updated = await db.Set<DenseNumber>().Where(number => number.Name == name)
                .ExecuteUpdateAsync(set => set.SetProperty(number => number.Next, number => number.Next + BlockSize), cancellationToken);
            if (updated == 1)
            {
                var end = await UpperBoundAsync(db, name, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return end - BlockSize;
            }

            db.Add(new DenseNumber { Name = name, Next = BlockSize });
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return 0;
            }
            catch (DbUpdateException)
            {
                // Another node began the series between our two statements: take a block of it.
            }
        }
    }

    private sealed class Block
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public long Next { get; set; }

        public long End { get; set; }
    }
}
