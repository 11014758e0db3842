using System.Numerics;

namespace OneCode.Cli.Vectors;

internal static class PassingVectors
{
    public static IEnumerable<Vector> All()
    {
        yield return new("paper-person", "A printed personal code: masked name, last four, level.", "Passed") { Code = new ACode() };
        yield return new("paper-person-url", "The same kind of code as a print text: another text, the same parser.", "Passed")
        {
            Text = CodeText.EncodePrint(new ACode().Bytes(), "c.example.cn"),
        };
        yield return new("paper-person-url-port", "HOST may have a port.", "Passed") { Text = CodeText.EncodePrint(new ACode().Bytes(), "c.example.cn:8443") };
        yield return new("paper-person-url-localhost", "localhost is written with http: for demonstrations.", "Passed")
        {
            Text = CodeText.EncodePrint(new ACode().Bytes(), "localhost:5084"),
        };
        yield return new("paper-enterprise", "A shop window.", "Passed") { Code = new ACode { Key = "enterprise", Claims = ACode.PaperEnterprise } };
        yield return new("paper-enterprise-endless", "An enterprise without a licensed term.", "Passed")
        {
            Code = new ACode
            {
                Key = "enterprise",
                Claims = ACode.PaperEnterprise with { Subject = new EnterpriseClaims("92349900MA9999A17B", "示例小吃店", "9500") },
            },
        };
        yield return new("paper-vehicle", "A windscreen sticker.", "Passed") { Code = new ACode { Key = "vehicle", Claims = ACode.PaperVehicle } };
        yield return new("phone-person", "A presentation: the credential wrapped and signed by the phone ten seconds ago.", "Passed") { Code = ACode.Phone };
        yield return new("phone-enterprise", "An enterprise's code on a phone.", "Passed")
        {
            Code = ACode.Phone with
            {
                Key = "enterprise",
                Claims = ACode.PhonePerson with
                {
                    Subject = ACode.PaperEnterprise.Subject,
                    Level = null,
                    Status = new StatusReference("ed2611250", World.CleanIndex),
                },
            },
        };
        yield return new("phone-vehicle", "A vehicle's code on a phone.", "Passed")
        {
            Code = ACode.Phone with
            {
                Key = "vehicle",
                Claims = ACode.PhonePerson with
                {
                    Subject = new VehicleClaims("皖AD00001", "52"),
                    Level = null,
                    Status = new StatusReference("vd2611250", World.CleanIndex),
                },
            },
        };
        yield return new("phone-device-key-other-parity", "A device key whose y has the other parity.", "Passed")
        {
            Code = ACode.Phone with
            {
                Device = OtherParity(),
                Claims = ACode.PhonePerson with { Holder = DeviceKey.From(TestKeys.Of(OtherParity()).PublicKey) },
            },
        };
        yield return new("phone-fetched-ahead", "The second of two: it began where the first ended, after it was issued.", "Passed")
        {
            Code = ACode.Phone with { Claims = ACode.PhonePerson with { IssuedAt = World.Now.AddDays(-1), ValidFrom = World.Now.AddMinutes(-1) } },
        };
        yield return new("valid-from-within-tolerance", "A minute of difference between two honest clocks.", "Passed")
        {
            Code = ACode.Phone with { Claims = ACode.PhonePerson with { ValidFrom = World.Now.AddSeconds(60) } },
        };
        yield return new("last-second", "exp is the first second that is too late.", "Passed") { Code = new ACode { Claims = ACode.PaperPerson with { ExpiresAt = World.Now.AddSeconds(1) } } };
        yield return new("presentation-90-seconds-old", "The oldest that is fresh.", "Passed") { Code = ACode.Phone with { PresentedAt = World.Now.AddSeconds(-90) } };
        yield return new("presentation-60-seconds-ahead", "The most that a phone's clock may be ahead.", "Passed") { Code = ACode.Phone with { PresentedAt = World.Now.AddSeconds(60) } };
        yield return new("signature-malleated", "(r, n - s) is as valid as (r, s): so a code is never identified by its text.", "Passed")
        {
            Code = new ACode { ChangeSignature = Malleate },
        };
        yield return new("status-past-ttl", "A list past its ttl and before its exp: passed, with its age.", "Passed")
        {
            Code = new ACode(),
            StatusLists = [World.SignStatus(World.StatusContent("pm27110") with { IssuedAt = World.Now.AddHours(-71), ExpiresAt = World.Now.AddHours(1) })],
        };
        yield return new("status-one-bit", "A list of one bit an entry.", "Passed")
        {
            Code = new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 8191) } },
            StatusLists = [World.SignStatus(World.StatusContent("pm27110") with { List = OneBit() })],
        };
        yield return new("trust-past-ttl", "A trust list past its ttl and before its exp.", "Passed")
        {
            Code = new ACode(),
            TrustLists = [World.SignTrust(World.TrustContent with { IssuedAt = World.Now.AddDays(-20), ExpiresAt = World.Now.AddDays(10) })],
        };
        yield return new("other-region", "Another region's code and list under one trust list.", "Passed")
        {
            Code = new ACode { Key = "person-32", Claims = ACode.PaperPerson with { Issuer = "32" } },
            StatusLists = [World.SignStatus(World.StatusContent("pm27110") with { Uri = "https://s.example.cn/32/pm27110" }, "status-32")],
        };
    }

    private static string OtherParity()
    {
        var isOdd = DeviceKey.From(TestKeys.Of("device").PublicKey).YIsOdd;
        return Enumerable.Range(2, 100).Select(i => $"device-{i}").First(name => DeviceKey.From(TestKeys.Of(name).PublicKey).YIsOdd != isOdd);
    }

    private static StatusList OneBit()
    {
        var list = new StatusList(8192, 1);
        list.Set(8190, StatusValue.Invalid);
        return list;
    }

    private static byte[] Malleate(byte[] signature)
    {
        var s = SignatureVectors.Order - new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        return [.. signature.AsSpan(0, 32), .. SignatureVectors.Scalar(s)];
    }
}
