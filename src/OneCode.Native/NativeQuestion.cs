using System.Runtime.InteropServices;

namespace OneCode.Native;

/// <summary>The <c>onecode_question</c> of onecode.h, which says what each member is.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeQuestion
{
    public const int Abi = 1;

    private const int Es256Only = 1;
    private const int MostTrustLists = 16;
    private const int MostStatusLists = 4096;
    private const int LargestRoots = 64 * 1024;
    private const int LargestRootChanges = TrustRootsToken.MaximumSize * TrustRootsToken.MaximumChanges;

    // So that the minute of SPEC 6 that a clock may be behind does not leave the calendar.
    private const long LastMoment = 253402300739;

    private readonly int abi;
    private readonly int options;
    private readonly long now;
    private readonly NativeBytes text;
    private readonly NativeBytes roots;
    private readonly NativeBytes rootChanges;
    private readonly NativeBytes* trustLists;
    private readonly long trustListCount;
    private readonly NativeBytes* statusLists;
    private readonly long statusListCount;

    public bool SpeaksEs256Only => options == Es256Only;

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(now);

    public ReadOnlySpan<byte> Text => text.UpTo(CodeText.MaximumLength);

    public ReadOnlySpan<byte> Roots => roots.UpTo(LargestRoots);

    public ReadOnlySpan<byte> RootChanges => rootChanges.UpTo(LargestRootChanges);

    public int TrustListCount => (int)trustListCount;

    public int StatusListCount => (int)statusListCount;

    public ReadOnlySpan<byte> TrustList(int index) => trustLists[index].UpTo(TrustListToken.MaximumSize);

    public ReadOnlySpan<byte> StatusList(int index) => statusLists[index].UpTo(StatusListToken.MaximumSize);

    /// <summary>Which rule of onecode.h it breaks, or null. The version first: of another one nothing else is known.</summary>
    public string? WhyNot() =>
        abi != Abi ? $"abi is {abi}; this library speaks {Abi}"
        : options is not (0 or Es256Only) ? $"options is {options}; known are 0 and {Es256Only}"
        : now is < 0 or > LastMoment ? "now is in seconds since 1970"
        : text.WhyNot() is { } wrongText ? $"text has {wrongText}"
        : roots.WhyNot() is { } wrongRoots ? $"roots has {wrongRoots}"
        : rootChanges.WhyNot() is { } wrongChanges ? $"root_changes has {wrongChanges}"
        : WhyNot(trustLists, trustListCount, MostTrustLists) is { } wrongTrust ? $"trust_lists has {wrongTrust}"
        : WhyNot(statusLists, statusListCount, MostStatusLists) is { } wrongStatus ? $"status_lists has {wrongStatus}"
        : null;

    private static string? WhyNot(NativeBytes* lists, long count, int most)
    {
        if (count < 0 || count > most || (lists is null && count != 0))
        {
            return count < 0 ? "a negative count" : count > most ? $"more than {most}" : "no data but a count";
        }

        for (var i = 0; i < count; i++)
        {
            if (lists[i].WhyNot() is { } wrong)
            {
                return $"{wrong} at {i}";
            }
        }

        return null;
    }
}
