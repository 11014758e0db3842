namespace Sandbox.Portals;

/// <summary>A government portal: an ordinary relying party that knows nothing of the server but its issuer address.</summary>
internal sealed record Portal(Uri Address, string ClientId, string Secret, string Name, string NameEn, IReadOnlyList<(string Zh, string En)> Services)
{
    /// <summary>What it asks for beside the name, and works without.</summary>
    public IReadOnlyList<string> MoreScopes { get; init; } = [];

    public static IEnumerable<Portal> All(Addresses addresses) =>
    [
        new(addresses.SocialSecurity, SandboxClients.SocialSecurityId, SandboxClients.SocialSecuritySecret, "人社服务大厅", "Social security",
            [("社保参保证明", "Proof of insurance"), ("养老金资格认证", "Pension confirmation"), ("失业登记", "Unemployment registration")]) { MoreScopes = ["age"] },
        new(addresses.Tax, SandboxClients.TaxId, SandboxClients.TaxSecret, "电子税务局", "Tax services",
            [("个人所得税年度汇算", "Annual income tax return"), ("开具完税证明", "Proof of tax payment"), ("发票查验", "Invoice check")]),
    ];
}
