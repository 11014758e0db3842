using System.Runtime.CompilerServices;
using System.Text;

namespace Identity.Server.Storage;

/// <summary>A command of as many rows as there are: its text grows with them, the values stay parameters.</summary>
internal sealed class Sql
{
    private readonly StringBuilder _text = new();
    private readonly List<object> _values = [];

    /// <summary>For <c>ExecuteSqlAsync</c>.</summary>
    public FormattableString Command => FormattableStringFactory.Create(_text.ToString(), [.. _values]);

    /// <summary>Text of ours, never anything that was sent.</summary>
    public Sql Add(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>A value, and the text behind it.</summary>
    public Sql Add(object? value, string then)
    {
        if (value is null)
        {
            _text.Append("NULL");
        }
        else
        {
            _text.Append('{').Append(_values.Count).Append('}');
            _values.Add(value);
        }

        return Add(then);
    }
}
