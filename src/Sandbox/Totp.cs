using OtpNet;

namespace Sandbox;

/// <summary>The code that a staff member's authenticator app would show now.</summary>
internal static class Totp
{
    public static async Task<string?> NowAsync(DataFolder data, string userName)
    {
        var secrets = await data.StaffSecretsAsync();
        return secrets.TryGetValue(userName, out var secret) ? new OtpNet.Totp(secret).ComputeTotp() : null;
    }

    /// <summary>The secret as authenticator apps take it.</summary>
    public static string TextOf(byte[] secret) => Base32Encoding.ToString(secret);
}
