using System.Security.Cryptography;
using Identity.Server.Subjects;
using Xunit;

namespace Identity.Server.Tests.Subjects;

public sealed class SealingTests
{
    private static readonly DateOnly Today = new(2026, 11, 24);
    private static readonly Guid Row = Guid.Parse("01935f3e-0000-7000-8000-000000000001");
    private readonly IdentityNumbers _numbers = new(RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void What_is_sealed_opens_in_its_row() => Assert.Equal("张敏", _numbers.Open(_numbers.Seal("张敏", Row, "name"), Row, "name"));

    [Fact]
    public void What_is_moved_to_another_row_does_not_open() =>
        Assert.ThrowsAny<CryptographicException>(() => _numbers.Open(_numbers.Seal("张敏", Row, "name"), Guid.Empty, "name"));

    [Fact]
    public void What_is_moved_to_another_column_does_not_open() =>
        Assert.ThrowsAny<CryptographicException>(() => _numbers.Open(_numbers.Seal("张敏", Row, "name"), Row, "number"));

    [Fact]
    public void Every_changed_bit_is_noticed()
    {
        var value = _numbers.Seal("34990019900307001X", Row, "number");
        for (var bit = 0; bit < value.Length * 8; bit++)
        {
            value[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => _numbers.Open(value, Row, "number"));
            value[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void No_nonce_comes_twice() =>
        Assert.Equal(20_000, Enumerable.Range(0, 20_000).Select(_ => Convert.ToHexString(_numbers.Seal("x", Row, "n").AsSpan(1, 12))).Distinct().Count());

    [Fact]
    public void The_hash_finds_the_same_document_and_no_other()
    {
        Assert.True(DocumentNumber.TryParse(DocumentType.ResidentId, "34990019900307001x", Today, out var zhang));
        Assert.True(DocumentNumber.TryParse(DocumentType.ResidentId, " 34990019900307001X", Today, out var same));
        Assert.True(DocumentNumber.TryParse(DocumentType.ResidentId, "349900195203150032", Today, out var wang));
        Assert.Equal(_numbers.Hash(zhang), _numbers.Hash(same));
        Assert.NotEqual(_numbers.Hash(zhang), _numbers.Hash(wang));
        Assert.NotEqual(_numbers.Hash(zhang), new IdentityNumbers(RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32)).Hash(zhang));
    }
}
