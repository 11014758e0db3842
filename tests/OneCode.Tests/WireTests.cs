using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>The pieces that everything else is written and read with, each by itself.</summary>
public sealed class WireTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void What_is_signed_is_written_in_place_as_any_writer_would(int size)
    {
        var bytes = Enumerable.Range(0, size).Select(i => (byte)(i % 251)).ToArray();
        byte[] other = [7, 8, 9];
        Assert.Equal(Written(bytes, other), CoseSign1.ToBeSigned(bytes, other));
        Assert.Equal(Written(other, bytes), CoseSign1.ToBeSigned(other, bytes));

        static byte[] Written(byte[] header, byte[] payload) => new CborWriter().Array(4).Text("Signature1").Bytes(header).Bytes([]).Bytes(payload).ToArray();
    }

    [Theory]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1007)]
    public void A_long_message_is_checked_like_a_short_one(int size)
    {
        // 1,023, 1,024 and 1,025 bytes of what is signed: where the stack ends.
        byte[] header = [0xa0];
        var payload = new byte[size];
        var message = CoseSign1.Write(header, payload, TestKeys.Sign("person", CoseSign1.ToBeSigned(header, payload)));
        Assert.True(CoseSign1.TryRead(message, Labels.CodeItems, out var read));
        Assert.True(read.IsSignedBy(TestKeys.Of("person").PublicKey));
        Assert.False(read.IsSignedBy(TestKeys.Of("status").PublicKey));
    }

    [Fact]
    public void Lengths_have_the_shortest_head_that_holds_them()
    {
        (int Length, string Head)[] heads = [(0, "40"), (23, "57"), (24, "5818"), (255, "58ff"), (256, "590100"), (65535, "59ffff"), (65536, "5a00010000")];
        Assert.All(heads, head => Assert.Equal(head.Head, Convert.ToHexStringLower(new CborWriter().Bytes(new byte[head.Length]).ToArray())[..^(2 * head.Length)]));
        Assert.Equal("1affffffff", Hex(writer => writer.Integer(4294967295)));
        Assert.Equal("1b0000000100000000", Hex(writer => writer.Integer(4294967296)));
        Assert.Equal("20", Hex(writer => writer.Integer(-1)));
        Assert.Equal("00", Hex(writer => writer.Integer(0)));
        Assert.Equal("f5f4", Hex(writer => writer.Boolean(true).Boolean(false)));
        Assert.Equal("a1820361e9", Hex(writer => writer.Map(1).Array(2).Integer(3).Encoded([0x61, 0xe9])));

        static string Hex(Action<CborWriter> write) => Convert.ToHexStringLower(CborPairs.Encode(write));
    }

    [Fact]
    public void A_reader_that_asks_what_is_next_moves_only_when_it_is()
    {
        // [18(1), h'0102', {}, -7, true, "é"]
        var reader = new CborReader(Convert.FromHexString("86d201420102a026f562c3a9"));
        Assert.False(reader.TryReadMap(out _));
        Assert.True(reader.TryReadArray(out var six));
        Assert.Equal(6, six);
        Assert.False(reader.TryReadTag(98));
        Assert.False(reader.TryReadInteger(out _));
        Assert.True(reader.TryReadTag(18));
        Assert.True(reader.TryReadInteger(out var one));
        Assert.Equal(1, one);
        Assert.False(reader.TryReadBytes(1, out _));
        Assert.False(reader.TryReadUtf8(out _));
        Assert.True(reader.TryReadBytes(2, out var bytes));
        Assert.Equal("0102", Convert.ToHexString(bytes));
        Assert.False(reader.TryReadArray(out _));
        Assert.True(reader.TryReadMap(out var none));
        Assert.Equal(0, none);
        Assert.True(reader.TryReadInteger(out var negative));
        Assert.Equal(-7, negative);
        Assert.False(reader.TryReadText(9, out _));
        Assert.True(reader.TryReadBoolean(out var yes));
        Assert.True(yes);
        Assert.False(reader.TryReadBoolean(out _));
        Assert.False(reader.TryReadText(1, out _));
        Assert.True(reader.TryReadText(2, out var text));
        Assert.Equal("é", text);
        Assert.False(reader.TryReadInteger(out _));
        Assert.False(reader.TryReadTag(18));
        Assert.True(reader.IsRight);
        Assert.False(new CborReader([0x60]).TryReadText(1, out _));
    }

    [Fact]
    public void A_reader_passes_over_a_whole_item_whatever_is_in_it()
    {
        string[] items = ["00", "1818", "190100", "1a00010000", "1b0000000100000000", "20", "43010203", "63616263", "8201820203", "a2010002820304", "d28101", "d86280", "f4", "f5", "80", "a0", "a1a0a0"];
        foreach (var item in items)
        {
            var bytes = Convert.FromHexString("82" + item + "07");
            var reader = CborReader.Of(bytes, 64);
            reader.Array(2);
            Assert.Equal(item, Convert.ToHexStringLower(reader.ReadEncoded()));
            Assert.Equal(7, reader.Integer());
            Assert.True(reader.IsRight, item);
        }
    }

    [Fact]
    public void A_reader_that_failed_stays_so_and_gives_nothing_more()
    {
        (string Name, Action Fails)[] ways =
        [
            ("array", () => Fails("00", (ref CborReader reader) => reader.Array())),
            ("array of two", () => Fails("8100", (ref CborReader reader) => reader.Array(2))),
            ("map", () => Fails("80", (ref CborReader reader) => reader.Map())),
            ("map of two", () => Fails("a10000", (ref CborReader reader) => reader.Map(2))),
            ("tag", () => Fails("d200", (ref CborReader reader) => reader.Tag(98))),
            ("label", () => Fails("01", (ref CborReader reader) => reader.At(2))),
            ("bytes", () => Fails("6161", (ref CborReader reader) => reader.Bytes())),
            ("bytes of two", () => Fails("4101", (ref CborReader reader) => reader.Bytes(2))),
            ("text", () => Fails("4161", (ref CborReader reader) => reader.Text(_ => true))),
            ("text too long", () => Fails("626161", (ref CborReader reader) => reader.Text(1, _ => true))),
            ("text of another grammar", () => Fails("6161", (ref CborReader reader) => reader.Text(text => text == "b"))),
            ("integer", () => Fails("40", (ref CborReader reader) => reader.Integer())),
            ("too small", () => Fails("01", (ref CborReader reader) => reader.Integer(2, 3))),
            ("too large", () => Fails("04", (ref CborReader reader) => reader.Integer(2, 3))),
            ("seconds", () => Fails("20", (ref CborReader reader) => reader.Seconds())),
            ("boolean", () => Fails("00", (ref CborReader reader) => reader.Boolean())),
            ("condition", () => Fails("00", (ref CborReader reader) => reader.Require(false))),
            ("gate", () => Fails("1800", (ref CborReader reader) => reader.Require(true))),
        ];
        Assert.All(ways, way => way.Fails());

        static void Fails(string item, Reading read)
        {
            // The same as second of two, with what every reader would like to read behind it.
            var bytes = Convert.FromHexString("82" + item + "07");
            var reader = CborReader.Of(bytes, 64);
            reader.Array(2);
            read(ref reader);
            Assert.False(reader.IsRight);
            reader.Require(true);
            Assert.Equal(0, reader.Integer());
            Assert.Equal(5, reader.Integer(5, 9));
            Assert.Equal((0, 0, 0L, false, ""), (reader.Array(), reader.Map(), reader.Key(), reader.Boolean(), reader.Text(_ => true)));
            Assert.True(reader.Bytes().IsEmpty);
            Assert.True(reader.ReadEncoded().IsEmpty);
            Assert.False(reader.IsRight);
        }
    }

    [Fact]
    public void A_reader_gives_what_is_there_in_a_row()
    {
        // {1: h'0102', 4: "é", "x": [true, -5]}
        var reader = CborReader.Of(Convert.FromHexString("a3014201020462c3a9617882f524"), 64);
        reader.Map(3);
        Assert.Equal("0102", Convert.ToHexString(reader.At(1).Bytes(2)));
        Assert.Equal("é", reader.At(4).Text(2, text => text == "é"));
        Assert.Equal(0, reader.Key());
        reader.Array(2);
        Assert.True(reader.Boolean());
        Assert.Equal(-5, reader.Integer(-5, -5));
        Assert.True(reader.IsRight);
    }

    private delegate void Reading(ref CborReader reader);
}
