using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace OneCode.Tests;

public sealed class CodeTextTests
{
    [Fact]
    public void Both_texts_end_in_the_same_bytes()
    {
        var bytes = new ACode().Bytes();
        Assert.Equal(bytes, CodeText.Decode(CodeText.Encode(bytes)));
        Assert.Equal(bytes, CodeText.Decode(CodeText.EncodePrint(bytes, "c.example.cn")));
    }

    [Theory]
    [InlineData("AB", "BB8")]
    [InlineData("Hello!!", "%69 VD92EX0")]
    [InlineData("base-45", "UJCLQE7W581")]
    [InlineData("ietf!", "QED8WEX0")]
    public void Base45_is_that_of_the_RFC(string plain, string encoded)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(plain);
        Assert.Equal("OC1:" + encoded, CodeText.Encode(bytes));
        Assert.Equal(bytes, CodeText.Decode("OC1:" + encoded));
    }

    [Fact]
    public void Bytes_of_every_length_come_back_from_both_texts()
    {
        var dice = new Dice(45);
        for (var length = 0; length < 300; length++)
        {
            var bytes = new byte[length];
            for (var i = 0; i < length; i++)
            {
                bytes[i] = dice.Byte();
            }

            Assert.Equal(bytes, CodeText.Decode(CodeText.Encode(bytes)));
            Assert.Equal(bytes, CodeText.Decode(CodeText.EncodePrint(bytes, "c.example.cn")));
        }
    }

    [Fact]
    public void A_text_that_decodes_is_the_only_text_of_its_bytes()
    {
        // All texts of three characters: 45^3, and each that is taken is the one that would be written.
        const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        var taken = 0;
        foreach (var a in Alphabet)
        {
            foreach (var b in Alphabet)
            {
                foreach (var c in Alphabet)
                {
                    var text = $"OC1:{a}{b}{c}";
                    if (CodeText.Decode(text) is { } bytes)
                    {
                        Assert.Equal(text, CodeText.Encode(bytes));
                        taken++;
                    }
                }
            }
        }

        Assert.Equal(65536, taken);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Example.cn")]
    [InlineData("example.cn/x")]
    [InlineData("-example.cn")]
    [InlineData("example.cn:")]
    [InlineData("example.cn:123456")]
    [InlineData("用户.cn")]
    [InlineData(".example.cn")]
    [InlineData(":80")]
    [InlineData("example.cn:80a")]
    [InlineData("example.cn:/80")]
    [InlineData("example.cn:80:80")]
    public void A_host_outside_the_grammar_is_the_callers_fault(string host) =>
        Assert.Throws<ArgumentException>(() => CodeText.EncodePrint([1], host));

    [Fact]
    public void A_host_has_at_most_253_characters_and_a_port_1_to_5_digits()
    {
        string[] hosts = [new string('a', 253), "a", "a:1", "a:12345", "a:09", "localhost", "localhost:5001"];
        Assert.All(hosts, host => Assert.Equal([0xd2, 0x84], CodeText.Decode(CodeText.EncodePrint([0xd2, 0x84], host))));
        Assert.Throws<ArgumentException>(() => CodeText.EncodePrint([1], new string('a', 254)));
    }

    [Fact]
    public void A_text_of_a_million_characters_costs_next_to_nothing()
    {
        var (verifier, text) = (Holding.Everything(), "OC1:" + new string('0', 1_000_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.IsType<Verdict.Failed>(verifier.Verify(text, World.Now));
        Assert.Null(CodeText.Decode(text));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void The_longest_text_is_read_and_one_more_is_not()
    {
        Assert.NotNull(CodeText.Decode("OC1:" + new string('0', 8187)));
        Assert.Null(CodeText.Decode("OC1:" + new string('0', 8190)));
        Assert.False(Base45.TryDecode("0", new byte[1], out _));
    }

    [Fact]
    public void A_text_of_8192_characters_is_decoded_and_one_more_is_not()
    {
        string[] hosts = ["c.example.cn", "cc.example.cn", "ccc.example.cn"];
        var (host, longest) = hosts.SelectMany(name => Enumerable.Range(6000, 200).Select(size => (name, new byte[size])))
            .First(pair => CodeText.EncodePrint(pair.Item2, pair.name).Length == 8192);
        Assert.Equal(longest, CodeText.Decode(CodeText.EncodePrint(longest, host)));
        Assert.Null(CodeText.Decode(CodeText.EncodePrint(longest, "c" + host)));
    }
}
