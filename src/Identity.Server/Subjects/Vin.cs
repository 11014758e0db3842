using System.Buffers;

namespace Identity.Server.Subjects;

/// <summary>车辆识别代号 (GB 16735): 17 characters, no I, O, Q. The permanent key of a vehicle; plates come and go.</summary>
internal readonly record struct Vin
{
    private const string Alphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);
    private static ReadOnlySpan<byte> Values => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9];
    private static ReadOnlySpan<byte> Weights => [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

    private Vin(string value) => Value = value;

    public string Value { get; }

    /// <summary>Whether position 9 is the check digit that GB 16735 asks for. Many imported cars have none: warn, never refuse.</summary>
    public bool HasRightCheckDigit
    {
        get
        {
            var sum = 0;
            for (var i = 0; i < Weights.Length; i++)
            {
                sum += Values[Alphabet.IndexOf(Value[i], StringComparison.Ordinal)] * Weights[i];
            }

            return Value[8] == "0123456789X"[sum % 11];
        }
    }

    public static bool TryParse(string? text, out Vin vin)
    {
        vin = default;
        var value = Normalised.Of(text);
        if (value.Length != 17 || value.AsSpan().ContainsAnyExcept(Allowed))
        {
            return false;
        }

        vin = new Vin(value);
        return true;
    }

    public override string ToString() => Value;
}
