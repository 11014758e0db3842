namespace Sandbox;

/// <summary>Tells a newcomer where to click.</summary>
internal static class Signpost
{
    public static async Task WriteAsync(TextWriter output, Province province)
    {
        var at = province.Addresses;
        var secrets = await province.Data.StaffSecretsAsync();
        await output.WriteLineAsync($"""

            一省在此 · The province is open (Ctrl-C closes it)

              人社 Social security   {at.SocialSecurity}
              税务 Tax               {at.Tax}
              账户 Sign-in, account  {at.Login}
              钱包 Wallet            {at.Wallet}
              核验 Verifier          {at.Verifier}
              后台 Console           {at.Console}

            账号 Accounts, password {Population.Password}
              {Population.ZhangMin.UserName}   {Population.ZhangMin.Name}: person, enterprise and vehicle codes 个人码, 企业码, 车辆码
              {Population.WangFang.UserName}   {Population.WangFang.Name}: no phone, paper only 无手机, 纸质码
              {Population.LiLei.UserName}      {Population.LiLei.Name}
            工作人员 Staff, the same password and a one-time code: dotnet run --project src/Sandbox -- totp operator-a
            {string.Join(Environment.NewLine, secrets.Select(secret => $"  {secret.Key,-12}{Totp.TextOf(secret.Value)}"))}

            信任根 Root keys  {province.Data.Roots}
            数据 Data         {province.Data.Path}

            """);
    }
}
