using System.Runtime.InteropServices;

namespace OneCode.Native;

/// <summary>The <c>onecode_bytes</c> of onecode.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeBytes
{
    private readonly byte* data;
    private readonly long length;

    /// <summary>What is wrong with it, or null. Only what has been asked may be read.</summary>
    public string? WhyNot() =>
        length < 0 ? "a negative length" : data is null && length != 0 ? "no data but a length" : null;

    /// <summary>
    /// At most so many bytes and one more. Whoever reads refuses what is longer than its limit whatever it holds, so the rest need neither be kept nor compared.
    /// </summary>
    public ReadOnlySpan<byte> UpTo(int limit) => new(data, (int)Math.Min(length, limit + 1L));
}
