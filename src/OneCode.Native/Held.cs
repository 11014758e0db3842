namespace OneCode.Native;

/// <summary>All lists of a question, verified. Immutable; what an earlier question verified already is taken over from there.</summary>
internal sealed class Held
{
    private const int Kept = 4;

    private static readonly Lock Taking = new();

    // The last few: while a gate changes its lists some of its threads still have the old ones, and a bank may ask for several provinces.
    private static volatile Held[] recent = [];

    private readonly Known[] lists;

    private Held(in NativeQuestion question, Vouched vouched, Held[] before)
    {
        Vouched = vouched;
        lists = new Known[question.StatusListCount];
        Refused = new StatusListRejection?[lists.Length];
        for (var i = 0; i < lists.Length; i++)
        {
            lists[i] = Find(question.StatusList(i), i, vouched, before) ?? Known.Of(question.StatusList(i).ToArray(), vouched.Trust);

            // Whether it goes back depends on those before it here, and is asked anew.
            Refused[i] = lists[i].Rejection ?? (Statuses.TryAdd(lists[i].Snapshot!) ? null : StatusListRejection.Rollback);
        }
    }

    public Vouched Vouched { get; }

    public StatusSnapshots Statuses { get; } = new();

    /// <summary>Of each status list why it does not count; null where it does.</summary>
    public StatusListRejection?[] Refused { get; }

    /// <summary>What the question's lists come to: as remembered, else verified. Null when its roots are none.</summary>
    public static Held? Of(in NativeQuestion question)
    {
        if (Remembered(question) is { } held)
        {
            return held;
        }

        // Whoever has the same new lists waits here instead of verifying them too; whoever has known ones does not come here.
        lock (Taking)
        {
            if (Remembered(question) is { } meanwhile)
            {
                return meanwhile;
            }

            var before = recent;
            if ((Vouched(question, before) ?? Native.Vouched.Of(question)) is not { } vouched)
            {
                return null;
            }

            held = new Held(question, vouched, before);
            recent = [held, .. before.Take(Kept - 1)];
            return held;
        }

        static Vouched? Vouched(in NativeQuestion question, Held[] before)
        {
            foreach (var held in before)
            {
                if (held.Vouched.IsOf(question))
                {
                    return held.Vouched;
                }
            }

            return null;
        }
    }

    private static Held? Remembered(in NativeQuestion question)
    {
        foreach (var held in recent)
        {
            if (held.IsOf(question))
            {
                return held;
            }
        }

        return null;
    }

    private static Known? Find(ReadOnlySpan<byte> bytes, int place, Vouched vouched, Held[] before)
    {
        foreach (var held in before)
        {
            if (!ReferenceEquals(held.Vouched, vouched))
            {
                continue;
            }

            // Most lists stay where they were.
            if (place < held.lists.Length && bytes.SequenceEqual(held.lists[place].Bytes))
            {
                return held.lists[place];
            }

            foreach (var list in held.lists)
            {
                if (bytes.SequenceEqual(list.Bytes))
                {
                    return list;
                }
            }
        }

        return null;
    }

    private bool IsOf(in NativeQuestion question)
    {
        if (lists.Length != question.StatusListCount || !Vouched.IsOf(question))
        {
            return false;
        }

        for (var i = 0; i < lists.Length; i++)
        {
            if (!question.StatusList(i).SequenceEqual(lists[i].Bytes))
            {
                return false;
            }
        }

        return true;
    }

    // A list by itself, under one trust list.
    private sealed record Known(byte[] Bytes, StatusSnapshot? Snapshot, StatusListRejection? Rejection)
    {
        public static Known Of(byte[] bytes, TrustList? trust)
        {
            if (trust is null)
            {
                return new Known(bytes, null, StatusListRejection.KeyNotInTrustList);
            }

            _ = StatusListToken.TryVerify(bytes, trust, held: null, out var snapshot, out var rejection);
            return new Known(bytes, snapshot, rejection);
        }
    }
}
