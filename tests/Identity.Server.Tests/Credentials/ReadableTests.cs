using Identity.Server.Credentials;
using OneCode;
using OneCode.Cli.Vectors;
using QRCoder;
using Xunit;
using Level = QRCoder.QRCodeGenerator.ECCLevel;

namespace Identity.Server.Tests.Credentials;

/// <summary>What will not scan is worth nothing: no code of ours is a larger symbol than readers take well, with the longest words and both algorithms.</summary>
public sealed class ReadableTests
{
    private const int OnPhone = 13;
    private const int Ceiling = 15;
    private const double SmallestModule = 0.55;
    private const string Host = "c.ah.gov.cn:8443";

    // What registers have at the most: names beyond the format's bound, characters of four bytes, an inspection that ends, an index of five bytes.
    private static readonly SubjectClaims Person = new PersonClaims("𠀀**𠀁");
    private static readonly SubjectClaims Vehicle = new VehicleClaims("皖AD0000学", "52", new DateOnly(2046, 8, 31));
    private static readonly string LongName = new('晨', 200);

    public static TheoryData<string, string> Algorithms() => new() { { "", "" }, { "sm2-", "" }, { "", "sm2-" }, { "sm2-", "sm2-" } };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_person_and_a_vehicle_on_a_phone_stay_within_version_13(string issuer, string phone)
    {
        Assert.InRange(VersionOnPhone(issuer, phone, Person, level: 4), 9, OnPhone);
        Assert.InRange(VersionOnPhone(issuer, phone, Vehicle), 9, OnPhone);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void An_enterprise_on_a_phone_stays_within_version_15_whatever_its_name(string issuer, string phone)
    {
        foreach (var length in (int[])[1, 10, 23, 24, 25, 42, 43, 200])
        {
            Assert.InRange(VersionOnPhone(issuer, phone, Enterprise(CredentialForm.Phone, LongName[..length])), 9, Ceiling);
        }
    }

    [Fact]
    public void A_name_is_cut_on_a_phone_only_where_it_must_be()
    {
        Assert.Equal("安徽省晨光智能网联汽车科技发展股份有限公司合肥分公司", Enterprise(CredentialForm.Paper, "安徽省晨光智能网联汽车科技发展股份有限公司合肥分公司").Name);
        Assert.Equal("安徽省晨光智能网联汽车科技发展股份有限公司", Enterprise(CredentialForm.Phone, "安徽省晨光智能网联汽车科技发展股份有限公司").Name);
        Assert.Equal(new string('晨', 23) + "…", Enterprise(CredentialForm.Phone, LongName).Name);

        // Two more would not do: the bound is hardly smaller than it has to be.
        var uncut = Enterprise(CredentialForm.Phone, LongName) with { Name = LongName[..26] };
        Assert.True(VersionOnPhone("sm2-", "sm2-", uncut) > Ceiling);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sm2-")]
    public void Print_is_of_level_Q_with_modules_of_half_a_millimetre_and_more(string issuer)
    {
        SubjectClaims[] subjects = [new PersonClaims("𠀀**𠀁", "001X"), Enterprise(CredentialForm.Paper, LongName), Vehicle];
        foreach (var subject in subjects)
        {
            var text = PrintText(issuer, subject, Host);
            var qr = Qr.Of(text, subject.Kind);
            Assert.Equal(Modules(text, Level.Q), qr.Modules);
            Assert.InRange(qr.Millimetres, subject is PersonClaims ? 38 : 60, subject is PersonClaims ? 42.4 : 60);
            Assert.True(qr.Millimetres / qr.Modules >= SmallestModule - 1e-9, $"{subject.Kind}: {qr.Millimetres / qr.Modules:0.000} mm a module");
        }
    }

    [Fact]
    public void A_long_host_costs_correction_and_not_the_size_of_a_module()
    {
        var text = PrintText("sm2-", new PersonClaims("𠀀**𠀁", "001X"), string.Join('.', Enumerable.Repeat("unified-identity", 5)));
        var qr = Qr.Of(text, CredentialKind.Person);
        Assert.Equal(Modules(text, Level.M), qr.Modules);
        Assert.True(qr.Millimetres / qr.Modules >= SmallestModule);
    }

    [Fact]
    public void A_printed_picture_is_black_squares_on_white_with_four_modules_around()
    {
        var qr = Qr.Of(PrintText("", new PersonClaims("张*", "001X"), Host), CredentialKind.Person);
        var side = qr.Modules + 8;
        var millimetres = 38.0 / qr.Modules * side;
        var squares = System.Text.RegularExpressions.Regex.Match(qr.ToSvg(),
            $"""^<svg xmlns="http://www.w3.org/2000/svg" width="{millimetres:0.##}mm" height="{millimetres:0.##}mm" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="((M[0-9]+ [0-9]+h[0-9]+v1H[0-9]+z)+)"/></svg>$""");
        Assert.True(squares.Success, qr.ToSvg()[..200]);
        foreach (System.Text.RegularExpressions.Match square in System.Text.RegularExpressions.Regex.Matches(squares.Groups[1].Value, "M([0-9]+) ([0-9]+)h([0-9]+)"))
        {
            int[] numbers = [.. square.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.InRange(numbers[0], 4, side - 5);
            Assert.InRange(numbers[1], 4, side - 5);
            Assert.InRange(numbers[0] + numbers[2], 5, side - 4);
        }
    }

    private static EnterpriseClaims Enterprise(CredentialForm form, string name) =>
        new("91349900MA2T000159", SubjectStatement.Shortened(name, form), "91", new DateOnly(2046, 8, 31));

    private static int VersionOnPhone(string issuer, string phone, SubjectClaims subject, int? level = null)
    {
        var text = (ACode.Phone with
        {
            Key = issuer + KeyOf(subject),
            Device = phone + "device",
            Claims = ACode.PhonePerson with
            {
                Subject = subject,
                Level = level,
                Holder = DeviceKey.From(TestKeys.Of(phone + "device").PublicKey),
                ValidFrom = ACode.PhonePerson.IssuedAt.AddDays(7),
                ExpiresAt = ACode.PhonePerson.IssuedAt.AddDays(8),
                Status = new StatusReference("pd261125zz", int.MaxValue),
            },
        }).Text();
        return (Modules(text, Level.M) - 17) / 4;
    }

    private static string PrintText(string issuer, SubjectClaims subject, string host) => CodeText.EncodePrint(
        new ACode
        {
            Key = issuer + KeyOf(subject),
            Claims = ACode.PaperPerson with { Subject = subject, Level = subject is PersonClaims ? 2 : null, Status = new StatusReference("pm2711zz", int.MaxValue) },
        }.Bytes(),
        host);

    private static string KeyOf(SubjectClaims subject) => subject.Kind switch
    {
        CredentialKind.Person => "person",
        CredentialKind.Enterprise => "enterprise",
        _ => "vehicle",
    };

    private static int Modules(string text, Level level)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, level);
        return data.ModuleMatrix.Count - 8;
    }
}
