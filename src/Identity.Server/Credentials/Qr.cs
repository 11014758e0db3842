using System.Globalization;
using System.Text;
using OneCode;
using QRCoder;

namespace Identity.Server.Credentials;

/// <summary>
/// The picture of a printed code, in its physical size. Strong error correction (Q) with at least 0.55 mm a module, which old phones and tired paper
/// need: where the usual size does not give that, the picture grows as far as its medium lets it; else M. Plain black squares: styled dots broke scanners.
/// </summary>
internal sealed class Qr
{
    private const double SmallestModule = 0.55;
    private const int QuietZone = 4;
    private const int PixelsPerModule = 12;

    private readonly string _text;
    private readonly QRCodeGenerator.ECCLevel _correction;

    private Qr(string text, QRCodeGenerator.ECCLevel correction, int modules, double millimetres) =>
        (_text, _correction, Modules, Millimetres) = (text, correction, modules, millimetres);

    /// <summary>Modules of one side, without the quiet zone.</summary>
    public int Modules { get; }

    /// <summary>Side of the printed symbol, without the quiet zone.</summary>
    public double Millimetres { get; }


    public static Qr Of(string text, CredentialKind kind)
    {
        var strong = ModulesOf(text, QRCodeGenerator.ECCLevel.Q);
        var millimetres = Math.Max(SizeFor(kind), strong * SmallestModule);
        return millimetres <= LargestFor(kind)
            ? new Qr(text, QRCodeGenerator.ECCLevel.Q, strong, millimetres)
            : new Qr(text, QRCodeGenerator.ECCLevel.M, ModulesOf(text, QRCodeGenerator.ECCLevel.M), LargestFor(kind));
    }

    public string ToSvg()
    {
        using var data = QRCodeGenerator.GenerateQrCode(_text, _correction);
        var rows = data.ModuleMatrix;
        var side = rows.Count;
        var path = new StringBuilder();
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var from = x;
                while (x < side && rows[y][x])
                {
                    x++;
                }

                if (x > from)
                {
                    path.Append(CultureInfo.InvariantCulture, $"M{from} {y}h{x - from}v1H{from}z");
                }
            }
        }

        // Millimetres with the quiet zone, so that an <img> without any style prints in the right size.
        var size = Millimetres / Modules * side;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" width="{size:0.##}mm" height="{size:0.##}mm" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>""");
    }

    public byte[] ToPng()
    {
        // The renderer disposes what it draws, so it gets data of its own.
        using var png = new PngByteQRCode(QRCodeGenerator.GenerateQrCode(_text, _correction));
        return png.GetGraphic(PixelsPerModule);
    }

    // A card in a wallet, a shop window, a windscreen.
    private static double SizeFor(CredentialKind kind) => kind == CredentialKind.Person ? 38 : 60;

    // A card is 54 mm high, and what stands beside the picture needs its place: version 15.
    private static double LargestFor(CredentialKind kind) => kind == CredentialKind.Person ? 42.4 : 60;

    private static int ModulesOf(string text, QRCodeGenerator.ECCLevel correction)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, correction);
        return data.ModuleMatrix.Count - 2 * QuietZone;
    }
}
