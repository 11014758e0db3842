namespace Identity.Server.Accounts;

/// <summary>"Chrome, Windows" from a User-Agent: enough for a person to recognise their own, nothing to track anybody with.</summary>
internal static class DeviceLabels
{
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("MicroMessenger", "WeChat"), ("AlipayClient", "Alipay"), ("Edg", "Edge"), ("HuaweiBrowser", "Huawei Browser"), ("MiuiBrowser", "Mi Browser"),
        ("QQBrowser", "QQ Browser"), ("UCBrowser", "UC"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
    ];

    /// <summary>Empty when nothing is recognised; the page then says "unknown device" in its language.</summary>
    public static string Of(string? userAgent)
    {
        var text = userAgent ?? "";
        var names = new[] { Browsers, Systems }
            .Select(known => Array.Find(known, entry => text.Contains(entry.Mark, StringComparison.Ordinal)).Name)
            .Where(name => name is not null);
        return string.Join(", ", names);
    }
}
