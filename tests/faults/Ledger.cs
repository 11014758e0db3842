using OneCode;

namespace Faults;

/// <summary>One code that was handed out, and what its holder was told since. One change at a time.</summary>
internal sealed class Code(Guid id, string text, StatusReference status, Phone phone, SoftwareSigner? key)
{
    public Guid Id => id;

    public StatusReference Status => status;

    public Phone Phone => phone;

    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>What the last answer that was given makes it: nothing less may be seen of it afterwards.</summary>
    public StatusValue Acknowledged { get; set; } = StatusValue.Valid;

    /// <summary>A change is under way or its outcome is not known: until it is, either value is right.</summary>
    public bool IsOpen { get; set; }

    public DateTimeOffset WithdrawnAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>What a guard scans: a phone's is signed for the moment.</summary>
    public async ValueTask<string> ShowAsync() => key is null ? text : await Presentation.SignAsync(CodeText.Decode(text)!, TimeProvider.System.GetUtcNow(), key);
}

/// <summary>What was acknowledged, kept outside of everything that is killed.</summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly List<Code> _codes = [];
    private readonly Dictionary<StatusReference, Guid> _indices = [];
    private readonly List<string> _findings = [];
    private readonly List<Code> _withdrawn = [];
    private int _unknown;

    public int Lost { get; private set; }

    public int WrongValid { get; private set; }

    public int Unknown => Volatile.Read(ref _unknown);

    public int Late { get; private set; }

    public int OnlineChecks { get; private set; }

    public IReadOnlyList<string> Findings
    {
        get
        {
            lock (_gate)
            {
                return [.. _findings];
            }
        }
    }

    public IReadOnlyList<Code> Codes
    {
        get
        {
            lock (_gate)
            {
                return [.. _codes];
            }
        }
    }

    /// <summary>Acknowledged as withdrawn, oldest first.</summary>
    public IReadOnlyList<Code> Withdrawn
    {
        get
        {
            lock (_gate)
            {
                return [.. _withdrawn];
            }
        }
    }

    public void Add(Code code)
    {
        lock (_gate)
        {
            // The same answer twice, under one key, is the same code.
            if (_indices.TryAdd(code.Status, code.Id))
            {
                _codes.Add(code);
            }
            else if (_indices[code.Status] != code.Id)
            {
                Lost++;
                _findings.Add($"index used twice: {code.Status} by {_indices[code.Status]} and {code.Id}");
            }
        }
    }

    public void Acknowledge(Code code, StatusValue value)
    {
        lock (_gate)
        {
            code.Acknowledged = value;
            if (value == StatusValue.Invalid && code.WithdrawnAt == DateTimeOffset.MaxValue)
            {
                code.WithdrawnAt = TimeProvider.System.GetUtcNow();
                _withdrawn.Add(code);
            }
        }
    }

    public void CountUnknown() => Interlocked.Increment(ref _unknown);

    public void CountChecks(int online)
    {
        lock (_gate)
        {
            OnlineChecks += online;
        }
    }

    public void FindLost(string what)
    {
        lock (_gate)
        {
            Lost++;
            _findings.Add("lost: " + what);
        }
    }

    public void FindWrongValid(string what)
    {
        lock (_gate)
        {
            WrongValid++;
            _findings.Add("wrong valid: " + what);
        }
    }

    public void FindLate(string what)
    {
        lock (_gate)
        {
            Late++;
            _findings.Add("late: " + what);
        }
    }

    public void Find(string what)
    {
        lock (_gate)
        {
            _findings.Add(what);
        }
    }
}
