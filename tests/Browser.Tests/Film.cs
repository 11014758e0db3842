using System.Text;
using QRCoder;

namespace Browser.Tests;

/// <summary>A film of a QR code, for Chromium's fake camera (YUV4MPEG2).</summary>
internal static class Film
{
    private const int Width = 640;
    private const int Height = 480;

    public static async Task WriteAsync(string path, string codeText)
    {
        using var generator = new QRCodeGenerator();
        using var qr = generator.CreateQrCode(codeText, QRCodeGenerator.ECCLevel.M);
        var luma = Draw(qr.ModuleMatrix);
        var chroma = new byte[Width * Height / 2];
        Array.Fill(chroma, (byte)128);
        await using var film = File.Create(path);
        await film.WriteAsync(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Width} H{Height} F10:1 Ip A1:1 C420mpeg2\n"));
        for (var frame = 0; frame < 10; frame++)
        {
            await film.WriteAsync("FRAME\n"u8.ToArray());
            await film.WriteAsync(luma);
            await film.WriteAsync(chroma);
        }
    }

    private static byte[] Draw(List<System.Collections.BitArray> modules)
    {
        var luma = new byte[Width * Height];
        Array.Fill(luma, (byte)235);
        var scale = Height / modules.Count;
        var (left, top) = ((Width - scale * modules.Count) / 2, (Height - scale * modules.Count) / 2);
        for (var y = 0; y < scale * modules.Count; y++)
        {
            for (var x = 0; x < scale * modules.Count; x++)
            {
                if (modules[y / scale][x / scale])
                {
                    luma[(top + y) * Width + left + x] = 16;
                }
            }
        }
        return luma;
    }
}
