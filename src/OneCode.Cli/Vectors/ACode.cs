using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>A code, all of whose defaults pass. Each property is one way to be wrong.</summary>
internal sealed record ACode
{
    public string Key { get; init; } = "person";

    /// <summary>Whose id the header names, when not the signer's.</summary>
    public string? NamedKey { get; init; }

    public CredentialClaims Claims { get; init; } = PaperPerson;

    public Func<CborPairs, CborPairs>? ChangeClaims { get; init; }

    public Func<byte[], byte[]>? ChangePayload { get; init; }

    public Func<CborPairs, CborPairs>? ChangeHeader { get; init; }

    public Func<byte[], byte[]>? ChangeHeaderBytes { get; init; }

    public Func<byte[], byte[]>? ChangeSignature { get; init; }

    public Func<byte[], byte[]>? ChangePayloadAfterSigning { get; init; }

    /// <summary>On the credential's bytes, before a phone wraps them.</summary>
    public Func<byte[], byte[]>? ChangeCredential { get; init; }

    /// <summary>Whether a phone shows it.</summary>
    public bool IsPresented { get; init; }

    public string Device { get; init; } = "device";

    public DateTimeOffset PresentedAt { get; init; } = World.Now.AddSeconds(-10);

    public Func<CborPairs, CborPairs>? ChangeProofHeader { get; init; }

    public Func<CborPairs, CborPairs>? ChangeProofClaims { get; init; }

    public Func<byte[], byte[]>? ChangeProofSignature { get; init; }

    /// <summary>On the message as it is written into the text.</summary>
    public Func<byte[], byte[]>? ChangeBytes { get; init; }

    public static CredentialClaims PaperPerson { get; } = new()
    {
        Issuer = "34",
        Form = CredentialForm.Paper,
        Subject = new PersonClaims("张*", "001X"),
        IssuedAt = World.Now.AddDays(-10),
        ValidFrom = World.Now.AddDays(-10),
        ExpiresAt = World.Now.AddDays(355),
        Status = new StatusReference("pm27110", World.CleanIndex),
        Level = 2,
    };

    public static CredentialClaims PaperEnterprise { get; } = PaperPerson with
    {
        Subject = new EnterpriseClaims("91349900MA2T000159", "安徽示例科技有限公司", "1100", new DateOnly(2046, 8, 31)),
        Status = new StatusReference("em31110", World.CleanIndex),
        ExpiresAt = World.Now.AddDays(5 * 365),
        Level = null,
    };

    public static CredentialClaims PaperVehicle { get; } = PaperPerson with
    {
        Subject = new VehicleClaims("皖A00001", "02", new DateOnly(2027, 11, 30)),
        Status = new StatusReference("vm27110", World.CleanIndex),
        Level = null,
    };

    public static CredentialClaims PhonePerson { get; } = new()
    {
        Issuer = "34",
        Form = CredentialForm.Phone,
        Subject = new PersonClaims("张*"),
        IssuedAt = World.Now.AddHours(-2),
        ValidFrom = World.Now.AddHours(-2),
        ExpiresAt = World.Now.AddHours(22),
        Status = new StatusReference("pd2611250", World.CleanIndex),
        Level = 4,
        Holder = DeviceKey.From(TestKeys.Of("device").PublicKey),
    };

    public static ACode Phone { get; } = new() { Claims = PhonePerson, IsPresented = true };

    public string Text() => CodeText.Encode(Bytes());

    public byte[] Bytes()
    {
        var bytes = IsPresented ? Present(Credential()) : Credential();
        return ChangeBytes is null ? bytes : ChangeBytes(bytes);
    }

    public byte[] Credential()
    {
        var payload = ClaimsCodec.Write(Claims);
        payload = ChangeClaims is null ? payload : ChangeClaims(new CborPairs(payload)).ToBytes();
        payload = ChangePayload is null ? payload : ChangePayload(payload);
        var header = CodeHeader.WriteCredential(TestKeys.Of(NamedKey ?? Key).Algorithm, TestKeys.Of(NamedKey ?? Key).KeyId);
        header = ChangeHeader is null ? header : ChangeHeader(new CborPairs(header)).ToBytes();
        header = ChangeHeaderBytes is null ? header : ChangeHeaderBytes(header);
        var signature = TestKeys.Sign(Key, CoseSign1.ToBeSigned(header, payload));
        signature = ChangeSignature is null ? signature : ChangeSignature(signature);
        payload = ChangePayloadAfterSigning is null ? payload : ChangePayloadAfterSigning(payload);
        var bytes = CoseSign1.Write(header, payload, signature);
        return ChangeCredential is null ? bytes : ChangeCredential(bytes);
    }

    public byte[] Present(byte[] credential)
    {
        var header = CodeHeader.WritePresentation(TestKeys.Of(Device).Algorithm, credential);
        header = ChangeProofHeader is null ? header : ChangeProofHeader(new CborPairs(header)).ToBytes();
        var payload = Presentation.WriteClaims(Presentation.Anyone, PresentedAt);
        payload = ChangeProofClaims is null ? payload : ChangeProofClaims(new CborPairs(payload)).ToBytes();
        var signature = TestKeys.Sign(Device, CoseSign1.ToBeSigned(header, payload));
        return CoseSign1.Write(header, payload, ChangeProofSignature is null ? signature : ChangeProofSignature(signature));
    }
}
