using System.Buffers.Binary;

namespace OneCode;

/// <summary>
/// Static codes that went through steps 1 to 8 lately. Those steps are a function of the bytes and of the trust list alone, and both are compared whole: a
/// forged code differs in a byte, and what a withdrawn key signed was examined under another list. Time and status are never kept.
/// Sets of four entries, the newest in front, so it is bounded by its size, takes no lock and needs no clock.
/// </summary>
internal sealed class VerifiedCodes
{
    private const int Ways = 4;

    // A code that fits a symbol which a camera reads is shorter: nobody fills the memory with giants.
    private const int LongestKept = 1024;

    private readonly Entry?[] entries;
    private readonly uint sets;

    /// <param name="capacity">Rounded up to whole sets; 0 keeps nothing.</param>
    public VerifiedCodes(int capacity)
    {
        sets = ((uint)capacity + Ways - 1) / Ways;
        entries = new Entry?[sets * Ways];
    }

    public Credential? Find(ReadOnlySpan<byte> code, TrustList trust)
    {
        if (sets == 0 || code.Length is < sizeof(uint) or > LongestKept)
        {
            return null;
        }

        var first = SetOf(code);
        for (var i = 0; i < Ways; i++)
        {
            if (Volatile.Read(ref entries[first + i]) is { } entry && ReferenceEquals(entry.List, trust.Identity) && code.SequenceEqual(entry.Code))
            {
                return entry.Credential;
            }
        }

        return null;
    }

    public void Keep(ReadOnlySpan<byte> code, TrustList trust, Credential credential)
    {
        if (sets == 0 || code.Length is < sizeof(uint) or > LongestKept)
        {
            return;
        }

        // Two threads may lose one of their entries here, or write one twice: then a signature is checked once more.
        var first = SetOf(code);
        for (var i = Ways - 1; i > 0; i--)
        {
            Volatile.Write(ref entries[first + i], Volatile.Read(ref entries[first + i - 1]));
        }

        Volatile.Write(ref entries[first], new Entry(code.ToArray(), trust.Identity, credential));
    }

    // The end of a signature is as random as a hash. Only an issuer chooses what is kept, so nobody else can crowd a set.
    private int SetOf(ReadOnlySpan<byte> code) => (int)(BinaryPrimitives.ReadUInt32LittleEndian(code[^sizeof(uint)..]) % sets) * Ways;

    // The list's identity and not the list: an entry that nobody asks for any more must not keep a whole list alive.
    private sealed record Entry(byte[] Code, object List, Credential Credential);
}
