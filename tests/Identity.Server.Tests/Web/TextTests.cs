using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Identity.Server.Tests.Web;

public sealed partial class TextTests
{
    private static string ServerDirectory => Path.Combine(Repository.Root, "src", "Identity.Server");

    public static TheoryData<string> Texts => [.. Directory.EnumerateFiles(ServerDirectory, "*Texts.resx", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(ServerDirectory, file))];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_text_is_there_in_both_languages(string file)
    {
        var chinese = Read(file);
        var english = Read(file.Replace(".resx", ".en.resx", StringComparison.Ordinal));
        Assert.Equal(chinese.Keys.Order(), english.Keys.Order());
        Assert.DoesNotContain(english.Values, text => text.Any(c => c is >= '\u3000' and < '\ua000') && text != "中文");
        Assert.All(chinese, pair => Assert.Equal(Places(pair.Value), Places(english[pair.Key])));
    }

    private static Dictionary<string, string> Read(string file) =>
        XDocument.Load(Path.Combine(ServerDirectory, file)).Descendants("data").ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value);

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(match => match.Value).Distinct().Order();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
