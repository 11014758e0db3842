using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// What this process knows of the lists: which there are, two bits an entry, and the signed tokens. A copy of the database, as of
/// <see cref="ConfirmedAt"/>; whoever answers from it says so.
/// </summary>
internal sealed class StatusBoard
{
    private readonly ConcurrentDictionary<string, BoardList> _lists = new();
    private ImmutableDictionary<string, ImmutableArray<StatusBlock>> _blocks = ImmutableDictionary<string, ImmutableArray<StatusBlock>>.Empty;
    private long _confirmedAt;

    public Guid Epoch { get; set; }

    /// <summary>Everything that had committed by then is in here.</summary>
    public DateTimeOffset ConfirmedAt
    {
        get => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _confirmedAt));
        set => Volatile.Write(ref _confirmedAt, value.ToUnixTimeMilliseconds());
    }

    public IEnumerable<BoardList> Lists => _lists.Values;

    public BoardList? Find(string list) => _lists.GetValueOrDefault(list);

    /// <summary>The blocks of a group, in the order of their numbers.</summary>
    public ImmutableArray<StatusBlock> BlocksOf(string group) => _blocks.GetValueOrDefault(group, []);

    public BoardList Add(StatusListRow row)
    {
        var list = _lists.GetOrAdd(row.Name, _ => new BoardList(row));
        var block = StatusBlock.Of(row);
        ImmutableInterlocked.AddOrUpdate(ref _blocks, row.Group, _ => [block], (_, blocks) => blocks.Contains(block) ? blocks : blocks.Add(block).Sort((a, b) => a.First.CompareTo(b.First)));
        return list;
    }

    public void Remove(BoardList list)
    {
        _lists.TryRemove(list.Name, out _);
        // Its block alone: the group's others live on.
        if (_blocks.ContainsKey(list.Group))
        {
            ImmutableInterlocked.AddOrUpdate(ref _blocks, list.Group, _ => [], (_, blocks) => blocks.RemoveAll(block => block.HasShard(list.Shard)));
        }
    }
}

/// <summary>A range of dense numbers and the shards that they are spread over.</summary>
internal sealed record StatusBlock(string Group, CredentialKind Kind, DateOnly LastDay, long First, int FirstShard, int Shards)
{
    public long Capacity => (long)Shards * StatusNames.ShardSize;

    public bool Holds(long number) => number >= First && number - First < Capacity;

    public static StatusBlock Of(StatusListRow row) => new(row.Group, row.Kind, row.LastDay, row.BlockFirst, row.BlockFirstShard, row.BlockShards);

    public bool HasShard(int shard) => shard >= FirstShard && shard - FirstShard < Shards;
}

/// <summary>One list on the board. Written by one thread at a time, read by any.</summary>
internal sealed class BoardList(StatusListRow row)
{
    private static readonly byte[] Nobody = new byte[StatusNames.ShardBytes];

    private readonly Lock _gate = new();
    // Most lists have nobody withdrawn: 256 KiB of zeros each would be most of the process.
    private byte[]? _bits;
    private PublishedToken? _published;
    // What a projection has not been told yet; null when it must take the whole list.
    private HashSet<int>? _told;

    public string Name => row.Name;

    public string Group => row.Group;

    public int Shard => row.Shard;

    public DateOnly LastDay => row.LastDay;

    /// <summary>Every change up to this one is in here.</summary>
    public long Sequence { get; private set; } = -1;

    public PublishedToken? Published
    {
        get => Volatile.Read(ref _published);
        set => Volatile.Write(ref _published, value);
    }

    public StatusValue this[int index]
    {
        get
        {
            var bits = Volatile.Read(ref _bits);
            return bits is null ? StatusValue.Valid : (StatusValue)((bits[index >> 2] >> ((index & 3) * 2)) & 3);
        }
    }

    /// <summary>The list as published, for whoever compares; not for keeping.</summary>
    public ReadOnlySpan<byte> Bytes() => Volatile.Read(ref _bits) ?? Nobody;

    /// <summary>Sets what the database says about some indices and moves on to <paramref name="sequence"/>.</summary>
    public void Apply(IEnumerable<(int Index, StatusValue Value)> changes, long sequence)
    {
        lock (_gate)
        {
            foreach (var (index, value) in changes)
            {
                Set(_bits ??= new byte[StatusNames.ShardBytes], index, value);
                _told?.Add(index);
            }

            _told = _told is { Count: > 4096 } ? null : _told;
            Sequence = sequence;
        }
    }

    /// <summary>Starts over from a whole list.</summary>
    public void Replace(IEnumerable<(int Index, StatusValue Value)> entries, long sequence)
    {
        byte[]? bits = null;
        foreach (var (index, value) in entries)
        {
            Set(bits ??= new byte[StatusNames.ShardBytes], index, value);
        }

        lock (_gate)
        {
            Volatile.Write(ref _bits, bits);
            _told = null;
            Sequence = sequence;
        }
    }

    /// <summary>The list as published (least significant bits first) and what changed since the snapshot before. One taker only.</summary>
    public BoardSnapshot Snapshot()
    {
        lock (_gate)
        {
            var bytes = _bits is null ? new byte[StatusNames.ShardBytes] : (byte[])_bits.Clone();
            var changed = _told;
            _told = [];
            return new BoardSnapshot(bytes, Sequence, SHA256.HashData(bytes), changed);
        }
    }

    private static void Set(byte[] bits, int index, StatusValue value)
    {
        var shift = (index & 3) * 2;
        bits[index >> 2] = (byte)((bits[index >> 2] & ~(3 << shift)) | ((int)value << shift));
    }
}

/// <param name="Bytes">Byte-identical to the published list.</param>
/// <param name="Sequence">What they reach at least.</param>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="Changed">Indices that changed since the snapshot before; null when that is not known.</param>
internal sealed record BoardSnapshot(byte[] Bytes, long Sequence, byte[] Digest, IReadOnlyCollection<int>? Changed)
{
    public int CountWithdrawn()
    {
        var count = 0;
        foreach (var four in Bytes)
        {
            if (four != 0)
            {
                count += (four & 3) == 0 ? 0 : 1;
                count += (four & 12) == 0 ? 0 : 1;
                count += (four & 48) == 0 ? 0 : 1;
                count += (four & 192) == 0 ? 0 : 1;
            }
        }

        return count;
    }
}

/// <summary>A signed list ready to be served.</summary>
internal sealed record PublishedToken(long Version, long Sequence, DateTimeOffset ExpiresAt, byte[] Cwt, byte[] Jwt);
