using Identity.Server.Accounts;

namespace Sandbox;

/// <summary>
/// The synthetic people, enterprises and vehicles. District 349900 does not exist, so none of them can be anybody.
/// The simulated registers know them; the server learns of them only through those registers and the accounts seeded here.
/// </summary>
internal static class Population
{
    /// <summary>Password of every account. It exists nowhere outside the Sandbox.</summary>
    public const string Password = "Sandbox-2022!";

    public static readonly Citizen ZhangMin = new("zhangmin", "34990019900307001X", "张敏", Level: 4);
    public static readonly Citizen WangFang = new("wangfang", "349900195203150032", "王芳", Level: 2);
    public static readonly Citizen LiLei = new("lilei", "349900198506060011", "李雷", Level: 3);

    /// <summary>A minor without an account; Li Lei is the guardian.</summary>
    public static readonly Citizen LiXiaolei = new(null, "349900201506010027", "李小蕾", Level: 2);

    public static readonly Enterprise Morning = new("91349900MA2T000159", "晨光软件有限公司", LegalRepresentative: ZhangMin.IdNumber);

    public static readonly Vehicle FirstCar = new("LTEST00A6PM000001", "皖A00001", PlateKind: "02", Owner: ZhangMin.IdNumber);

    public static readonly IReadOnlyList<Citizen> Citizens = [ZhangMin, WangFang, LiLei, LiXiaolei];
    public static readonly IReadOnlyList<Enterprise> Enterprises = [Morning];
    public static readonly IReadOnlyList<Vehicle> Vehicles = [FirstCar];

    public static readonly IReadOnlyList<StaffMember> Staff =
    [
        new("operator-a", AccountRole.Operator),
        new("operator-b", AccountRole.Operator),
        new("security", AccountRole.Security),
        new("auditor", AccountRole.Auditor),
    ];
}

internal sealed record Citizen(string? UserName, string IdNumber, string Name, int Level);

internal sealed record Enterprise(string Uscc, string Name, string LegalRepresentative);

internal sealed record Vehicle(string Vin, string Plate, string PlateKind, string Owner);

internal sealed record StaffMember(string UserName, AccountRole Role);
