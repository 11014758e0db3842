namespace Sandbox;

/// <summary>The relying parties of the Sandbox, as server settings. None of these secrets exists anywhere else.</summary>
internal static class SandboxClients
{
    public const string SocialSecurityId = "portal-hr";
    public const string SocialSecuritySecret = "portal-hr-sandbox-secret";
    public const string TaxId = "portal-tax";
    public const string TaxSecret = "portal-tax-sandbox-secret";

    public static Dictionary<string, string?> For(Addresses addresses)
    {
        var socialSecurity = Addresses.Text(addresses.SocialSecurity);
        var tax = Addresses.Text(addresses.Tax);
        var wallet = Addresses.Text(addresses.Wallet);
        var console = Addresses.Text(addresses.Console);
        return new()
        {
            ["Clients:portal-hr:Name"] = "人社服务大厅",
            ["Clients:portal-hr:NameEn"] = "Social security services",
            ["Clients:portal-hr:Secret"] = SocialSecuritySecret,
            ["Clients:portal-hr:RedirectUris:0"] = socialSecurity + "/signin-oidc",
            ["Clients:portal-hr:PostLogoutRedirectUris:0"] = socialSecurity + "/signout-callback-oidc",
            ["Clients:portal-hr:BackchannelLogoutUri"] = socialSecurity + "/backchannel-logout",
            ["Clients:portal-hr:Scopes:0"] = "openid",
            ["Clients:portal-hr:Scopes:1"] = "profile",
            ["Clients:portal-hr:Scopes:2"] = "age",

            // Asks the citizen: the name it cannot do without, the age it can.
            ["Clients:portal-hr:OptionalScopes:0"] = "age",
            ["Clients:portal-hr:Purposes:profile"] = "在参保证明上印您的姓名，并在页面上称呼您",
            ["Clients:portal-hr:PurposesEn:profile"] = "To print your name on proofs of insurance, and to address you",
            ["Clients:portal-hr:Purposes:age"] = "提前隐藏与您年龄不符的事项，例如未成年人不能办理的失业登记",
            ["Clients:portal-hr:PurposesEn:age"] = "To hide services that are not for your age, such as unemployment registration for minors",
            ["Clients:portal-hr:Operator"] = "省人力资源和社会保障厅（演示）",
            ["Clients:portal-hr:OperatorEn"] = "Provincial department of human resources and social security (demonstration)",
            ["Clients:portal-hr:Department"] = "信息中心",
            ["Clients:portal-hr:DepartmentEn"] = "Information centre",
            ["Clients:portal-hr:Contacts:0"] = "privacy@hr.example.org",

            ["Clients:portal-tax:Name"] = "电子税务局",
            ["Clients:portal-tax:NameEn"] = "Tax services",
            ["Clients:portal-tax:Secret"] = TaxSecret,
            ["Clients:portal-tax:RedirectUris:0"] = tax + "/signin-oidc",
            ["Clients:portal-tax:PostLogoutRedirectUris:0"] = tax + "/signout-callback-oidc",
            ["Clients:portal-tax:BackchannelLogoutUri"] = tax + "/backchannel-logout",
            ["Clients:portal-tax:Scopes:0"] = "openid",
            ["Clients:portal-tax:Scopes:1"] = "profile",

            // Asks nobody: a tax office has to know who files (个人信息保护法 第十三条第三项). It stands on the citizen's list all the same.
            ["Clients:portal-tax:LegalGround"] = "《税收征收管理法》第十五条、第二十五条：办理税务登记和纳税申报（演示）",
            ["Clients:portal-tax:Purposes:profile"] = "核对纳税人身份",
            ["Clients:portal-tax:PurposesEn:profile"] = "To check who files",
            ["Clients:portal-tax:Operator"] = "省税务局（演示）",
            ["Clients:portal-tax:OperatorEn"] = "Provincial tax service (demonstration)",
            ["Clients:portal-tax:Contacts:0"] = "privacy@tax.example.org",

            ["Clients:wallet:Name"] = "一码通钱包",
            ["Clients:wallet:NameEn"] = "One-code wallet",
            ["Clients:wallet:Wallet"] = "true",
            ["Clients:wallet:LegalGround"] = "本服务自身的组成部分：保管您的码",
            ["Clients:wallet:RequiresDpop"] = "true",
            ["Clients:wallet:RedirectUris:0"] = wallet + "/",
            ["Clients:wallet:PostLogoutRedirectUris:0"] = wallet + "/",
            ["Clients:wallet:Scopes:0"] = "openid",
            ["Clients:wallet:Scopes:1"] = "profile",
            ["Clients:wallet:Scopes:2"] = "credentials",
            ["Clients:wallet:Scopes:3"] = "offline_access",

            ["Clients:console:Name"] = "管理控制台",
            ["Clients:console:NameEn"] = "Console",
            ["Clients:console:Staff"] = "true",
            ["Clients:console:Secret"] = "console-sandbox-secret",
            ["Clients:console:RedirectUris:0"] = console + "/signin-oidc",
            ["Clients:console:PostLogoutRedirectUris:0"] = console + "/signout-callback-oidc",
            ["Clients:console:Scopes:0"] = "openid",
            ["Clients:console:Scopes:1"] = "profile",

            ["Clients:native-test:Name"] = "开发者测试程序",
            ["Clients:native-test:NameEn"] = "Developer's test program",
            ["Clients:native-test:Native"] = "true",
            // A developer tries the whole of the API with it, phone codes included.
            ["Clients:native-test:Wallet"] = "true",
            ["Clients:native-test:LegalGround"] = "演示环境的测试程序，所有人物均为虚构",
            ["Clients:native-test:RedirectUris:0"] = "http://127.0.0.1/callback",
            ["Clients:native-test:Scopes:0"] = "openid",
            ["Clients:native-test:Scopes:1"] = "profile",
            ["Clients:native-test:Scopes:2"] = "offline_access",
            ["Clients:native-test:Scopes:3"] = "credentials",
            ["Clients:native-test:Scopes:4"] = "clients",

            ["Clients:machine-test:Name"] = "机器对机器测试",
            ["Clients:machine-test:NameEn"] = "Machine test",
            ["Clients:machine-test:Secret"] = "machine-test-secret",
            ["Clients:machine-test:ClientCredentials"] = "true",

            ["Clients:gate-test:Name"] = "门卫核验终端",
            ["Clients:gate-test:NameEn"] = "Gate verifier",
            ["Clients:gate-test:Secret"] = "gate-test-secret",
            ["Clients:gate-test:ClientCredentials"] = "true",
            ["Clients:gate-test:VerifierLevel"] = "V1",
            ["Clients:gate-test:Scopes:0"] = "verify",

            ["Clients:hall-test:Name"] = "办事大厅核验终端",
            ["Clients:hall-test:NameEn"] = "Hall verifier",
            ["Clients:hall-test:Secret"] = "hall-test-secret",
            ["Clients:hall-test:ClientCredentials"] = "true",
            ["Clients:hall-test:VerifierLevel"] = "V2",
            ["Clients:hall-test:Scopes:0"] = "verify",
        };
    }
}
