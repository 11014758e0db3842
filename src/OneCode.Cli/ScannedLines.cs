using System.Runtime.CompilerServices;
using System.Text;

namespace OneCode.Cli;

/// <summary>
/// Lines as scanners send them: ended by a carriage return, a line feed or both. Read as bytes, each a character: a code text is ASCII, and what is not must stay wrong.
/// </summary>
internal static class ScannedLines
{
    // One more than the longest code text, so that a longer one is still too long. A scanner that never ends its line must not fill a gate's memory.
    private const int Longest = CodeText.MaximumLength + 1;

    public static async IAsyncEnumerable<string> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var buffer = new byte[4096];
        int length;
        while ((length = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            for (var i = 0; i < length; i++)
            {
                if (buffer[i] is not ((byte)'\r' or (byte)'\n'))
                {
                    if (line.Length < Longest)
                    {
                        line.Append((char)buffer[i]);
                    }
                }
                else if (line.Length > 0)
                {
                    yield return line.ToString();
                    line.Clear();
                }
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }
}
