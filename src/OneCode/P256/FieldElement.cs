using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace OneCode.P256;

/// <summary>
/// A number modulo the P-256 prime in Montgomery form, four limbs from the least significant.
/// Only for public points: nothing here runs in constant time.
/// </summary>
internal readonly struct FieldElement
{
    // p = 2^256 - 2^224 + 2^192 + 2^96 - 1. Since p = -1 modulo 2^64, the Montgomery factor of a limb is the limb itself.
    private const ulong P0 = 0xFFFFFFFFFFFFFFFF;
    private const ulong P1 = 0x00000000FFFFFFFF;
    private const ulong P2 = 0;
    private const ulong P3 = 0xFFFFFFFF00000001;

    private readonly ulong l0;
    private readonly ulong l1;
    private readonly ulong l2;
    private readonly ulong l3;

    private FieldElement(ulong l0, ulong l1, ulong l2, ulong l3)
    {
        this.l0 = l0;
        this.l1 = l1;
        this.l2 = l2;
        this.l3 = l3;
    }

    /// <summary>The curve's b.</summary>
    public static FieldElement B { get; } = new(0xD89CDF6229C4BDDF, 0xACF005CD78843090, 0xE5A220ABF7212ED6, 0xDC30061D04874834);

    /// <summary>3: the curve's a is -3.</summary>
    public static FieldElement Three { get; } = new(0x0000000000000003, 0xFFFFFFFD00000000, 0xFFFFFFFFFFFFFFFF, 0x00000002FFFFFFFC);

    // 2^512 modulo p: multiplying by it enters Montgomery form.
    private static FieldElement RSquared { get; } = new(0x0000000000000003, 0xFFFFFFFBFFFFFFFF, 0xFFFFFFFFFFFFFFFE, 0x00000004FFFFFFFD);

    private static FieldElement PlainOne { get; } = new(1, 0, 0, 0);

    /// <summary>Reads 32 bytes, most significant first. False for p and above: one number, one encoding.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FieldElement element)
    {
        element = default;
        if (bytes.Length != 32)
        {
            return false;
        }

        var plain = new FieldElement(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));
        if (!plain.IsBelowPrime())
        {
            return false;
        }

        element = plain * RSquared;
        return true;
    }

    /// <summary>Writes 32 bytes, most significant first.</summary>
    public void Write(Span<byte> destination)
    {
        var plain = this * PlainOne;
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], plain.l0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], plain.l1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], plain.l2);
        BinaryPrimitives.WriteUInt64BigEndian(destination, plain.l3);
    }

    public bool IsSameAs(in FieldElement other) => l0 == other.l0 && l1 == other.l1 && l2 == other.l2 && l3 == other.l3;

    public static FieldElement operator +(in FieldElement a, in FieldElement b)
    {
        unchecked
        {
            var carry = 0UL;
            var r0 = AddWithCarry(a.l0, b.l0, ref carry);
            var r1 = AddWithCarry(a.l1, b.l1, ref carry);
            var r2 = AddWithCarry(a.l2, b.l2, ref carry);
            var r3 = AddWithCarry(a.l3, b.l3, ref carry);
            return Reduce(r0, r1, r2, r3, carry);
        }
    }

    public static FieldElement operator -(in FieldElement a, in FieldElement b)
    {
        unchecked
        {
            var borrow = 0UL;
            var r0 = SubtractWithBorrow(a.l0, b.l0, ref borrow);
            var r1 = SubtractWithBorrow(a.l1, b.l1, ref borrow);
            var r2 = SubtractWithBorrow(a.l2, b.l2, ref borrow);
            var r3 = SubtractWithBorrow(a.l3, b.l3, ref borrow);
            if (borrow == 0)
            {
                return new FieldElement(r0, r1, r2, r3);
            }

            var carry = 0UL;
            r0 = AddWithCarry(r0, P0, ref carry);
            r1 = AddWithCarry(r1, P1, ref carry);
            r2 = AddWithCarry(r2, P2, ref carry);
            r3 = AddWithCarry(r3, P3, ref carry);
            return new FieldElement(r0, r1, r2, r3);
        }
    }

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        unchecked
        {
            ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
            Step(a, b.l0, ref t0, ref t1, ref t2, ref t3, ref t4);
            Step(a, b.l1, ref t0, ref t1, ref t2, ref t3, ref t4);
            Step(a, b.l2, ref t0, ref t1, ref t2, ref t3, ref t4);
            Step(a, b.l3, ref t0, ref t1, ref t2, ref t3, ref t4);
            return Reduce(t0, t1, t2, t3, t4);
        }
    }

    /// <summary>
    /// A number whose square is this, if there is one: the power (p + 1) / 4, which is right because p = 3 modulo 4.
    /// (p + 1) / 4 = ((2^32 - 1) 2^32 + 1) 2^96 + 1) 2^94.
    /// </summary>
    public bool TrySquareRoot(out FieldElement root)
    {
        var x2 = SquareTimes(1) * this;
        var x4 = x2.SquareTimes(2) * x2;
        var x8 = x4.SquareTimes(4) * x4;
        var x16 = x8.SquareTimes(8) * x8;
        var x32 = x16.SquareTimes(16) * x16;
        root = ((x32.SquareTimes(32) * this).SquareTimes(96) * this).SquareTimes(94);
        return (root * root).IsSameAs(this);
    }

    private FieldElement SquareTimes(int times)
    {
        var result = this;
        for (var i = 0; i < times; i++)
        {
            result *= result;
        }

        return result;
    }

    // One limb of a Montgomery product: t = (t + a * limb + m * p) / 2^64 with m = t's lowest limb.
    // m * p0 + m leaves nothing in the lowest limb and carries m; with that carry m * p1 is m shifted by 32.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(in FieldElement a, ulong limb, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4)
    {
        unchecked
        {
            var carry = 0UL;
            var m = MultiplyAdd(a.l0, limb, t0, ref carry);
            var u1 = MultiplyAdd(a.l1, limb, t1, ref carry);
            var u2 = MultiplyAdd(a.l2, limb, t2, ref carry);
            var u3 = MultiplyAdd(a.l3, limb, t3, ref carry);
            var u4 = t4 + carry;
            var u5 = u4 < carry ? 1UL : 0UL;

            t0 = u1 + (m << 32);
            carry = (m >> 32) + (t0 < u1 ? 1UL : 0UL);
            t1 = u2 + carry;
            carry = t1 < carry ? 1UL : 0UL;
            t2 = MultiplyAdd(m, P3, u3, ref carry);
            t3 = u4 + carry;
            t4 = u5 + (t3 < carry ? 1UL : 0UL);
        }
    }

    private static FieldElement Reduce(ulong r0, ulong r1, ulong r2, ulong r3, ulong high)
    {
        unchecked
        {
            var borrow = 0UL;
            var s0 = SubtractWithBorrow(r0, P0, ref borrow);
            var s1 = SubtractWithBorrow(r1, P1, ref borrow);
            var s2 = SubtractWithBorrow(r2, P2, ref borrow);
            var s3 = SubtractWithBorrow(r3, P3, ref borrow);
            return high < borrow ? new FieldElement(r0, r1, r2, r3) : new FieldElement(s0, s1, s2, s3);
        }
    }

    private bool IsBelowPrime()
    {
        var borrow = 0UL;
        _ = SubtractWithBorrow(l0, P0, ref borrow);
        _ = SubtractWithBorrow(l1, P1, ref borrow);
        _ = SubtractWithBorrow(l2, P2, ref borrow);
        _ = SubtractWithBorrow(l3, P3, ref borrow);
        return borrow != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAdd(ulong a, ulong b, ulong addend, ref ulong carry)
    {
        unchecked
        {
            var high = Math.BigMul(a, b, out var low);
            low += addend;
            high += low < addend ? 1UL : 0UL;
            low += carry;
            high += low < carry ? 1UL : 0UL;
            carry = high;
            return low;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddWithCarry(ulong a, ulong b, ref ulong carry)
    {
        unchecked
        {
            var sum = a + b;
            var overflow = sum < a ? 1UL : 0UL;
            var total = sum + carry;
            carry = overflow + (total < sum ? 1UL : 0UL);
            return total;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SubtractWithBorrow(ulong a, ulong b, ref ulong borrow)
    {
        unchecked
        {
            var difference = a - b;
            var underflow = a < b ? 1UL : 0UL;
            var total = difference - borrow;
            borrow = underflow + (difference < borrow ? 1UL : 0UL);
            return total;
        }
    }
}
