using OneCode.Wire;

namespace OneCode.Tests;

public sealed class DeterministicCborTests
{
    [Theory]
    [InlineData("00")]
    [InlineData("1817")]
    [InlineData("38ff")]
    [InlineData("1b001fffffffffffff")]
    [InlineData("3b001ffffffffffffe")]
    [InlineData("40")]
    [InlineData("60")]
    [InlineData("80")]
    [InlineData("a0")]
    [InlineData("f4")]
    [InlineData("f5")]
    [InlineData("a3010020002200")]
    [InlineData("a20a006161 00")]
    [InlineData("d200")]
    [InlineData("d86200")]
    [InlineData("8181818181818100")]
    [InlineData("a100a100a100a100a100a100a100a10000")]
    [InlineData("d2d2d2d2d2d2d2d200")]
    [InlineData("1b0000000100000000")]
    public void Is_taken(string hex)
    {
        // 18 17 is the one here that is not the shortest form.
        var expected = hex != "1817";
        Assert.Equal(expected, DeterministicCbor.IsValid(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), 512));
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("0000", "two items")]
    [InlineData("1800", "an integer in a longer form than it needs")]
    [InlineData("190018", "a longer form, two bytes")]
    [InlineData("1a0000ffff", "a longer form, four bytes")]
    [InlineData("1b00000000ffffffff", "a longer form, eight bytes")]
    [InlineData("1b0020000000000000", "beyond 2^53 - 1")]
    [InlineData("3b001fffffffffffff", "below -(2^53 - 1)")]
    [InlineData("1c", "reserved information")]
    [InlineData("1c00000001000000000000000000000000", "reserved information, with as many bytes as it might mean")]
    [InlineData("1f", "indefinite integer")]
    [InlineData("5f41004100ff", "indefinite bytes")]
    [InlineData("7f6161ff", "indefinite text")]
    [InlineData("9f00ff", "indefinite array")]
    [InlineData("bf0000ff", "indefinite map")]
    [InlineData("ff", "a break alone")]
    [InlineData("f6", "null")]
    [InlineData("f7", "undefined")]
    [InlineData("e0", "a simple value")]
    [InlineData("f820", "a simple value in two bytes")]
    [InlineData("f90000", "a half float")]
    [InlineData("fa00000000", "a float")]
    [InlineData("fb0000000000000000", "a double")]
    [InlineData("c000", "tag 0")]
    [InlineData("c24100", "a big number")]
    [InlineData("d3", "a tag of nothing")]
    [InlineData("4201", "bytes beyond the end")]
    [InlineData("62c328", "text that is not UTF-8")]
    [InlineData("62eda0", "half a surrogate")]
    [InlineData("63eda080", "a surrogate in UTF-8")]
    [InlineData("81", "an array of one without it")]
    [InlineData("a100", "a map without its value")]
    [InlineData("a200000000", "a key twice")]
    [InlineData("a201000000", "keys out of order")]
    [InlineData("a220000000", "a negative key before a positive one")]
    [InlineData("a2616100 0a00", "a text key before an integer")]
    [InlineData("818181818181818181 00", "nine deep")]
    [InlineData("d2d2d2d2d2d2d2d2d200", "nine tags deep")]
    [InlineData("a100a100a100a100a100a100a100a100a10000", "nine maps deep")]
    [InlineData("9bffffffffffffffff", "an array of 2^64 - 1")]
    [InlineData("bb7fffffffffffffff", "a map of 2^63 - 1")]
    [InlineData("5affffffff", "bytes of 2^32 - 1")]
    public void Is_refused(string hex, string because) =>
        Assert.False(DeterministicCbor.IsValid(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), 512), because);

    [Theory]
    [InlineData("00", true)]
    [InlineData("a100a100a100a100a100a100a100a10000", true)]
    [InlineData("a100a100a100a100a100a100a100a100a10000", false)]
    [InlineData("0000", false)]
    [InlineData("81", false)]
    [InlineData("a18118", false)]
    [InlineData("a10018", false)]
    [InlineData("a2020001", false)]
    [InlineData("a202000200", false)]
    [InlineData("82a201000100", false)]
    public void Any_order_is_as_strict_about_everything_else(string hex, bool isRight)
    {
        Assert.Equal(isRight, DeterministicCbor.IsValidInAnyOrder(Convert.FromHexString(hex), 512));
        Assert.Equal(isRight, DeterministicCbor.IsValid(Convert.FromHexString(hex), 512));
    }

    [Fact]
    public void Items_are_counted()
    {
        byte[] hundred = [0x98, 100, .. new byte[100]];
        Assert.True(DeterministicCbor.IsValid(hundred, 101));
        Assert.False(DeterministicCbor.IsValid(hundred, 100));
    }

    [Fact]
    public void Whatever_is_written_is_taken()
    {
        foreach (var value in new[] { 0, 23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296, (1L << 53) - 1 })
        {
            foreach (var signed in new[] { value, -1 - value + (value == (1L << 53) - 1 ? 1 : 0) })
            {
                var bytes = new CborWriter().Integer(signed).ToArray();
                Assert.True(DeterministicCbor.IsValid(bytes, 1));
                Assert.True(new CborReader(bytes).TryReadInteger(out var back));
                Assert.Equal(signed, back);
            }
        }
    }
}
