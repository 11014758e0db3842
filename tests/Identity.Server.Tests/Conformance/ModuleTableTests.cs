using System.Globalization;
using System.Reflection;
using System.Text;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>docs/conformance.md says of each module which test covers it, or why none does. This makes it from the tests and refuses one that is out of date.</summary>
public sealed class ModuleTableTests
{
    private static readonly ILookup<string, MethodInfo> Tests = typeof(ModuleTableTests).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
        .SelectMany(method => method.GetCustomAttributes<ModuleAttribute>().Select(module => (module.Name, method)))
        .ToLookup(pair => pair.Name, pair => pair.method);

    [Fact]
    public void Every_module_has_a_test_or_a_reason_and_never_both() =>
        Assert.All(Modules.All, module => Assert.True(Tests.Contains(module.Name) != (module.WhyNot is not null), module.Name));

    [Fact]
    public void No_test_names_a_module_that_the_plans_do_not_have() =>
        Assert.Empty(Tests.Select(tests => tests.Key).Except(Modules.All.Select(module => module.Name)));

    [Fact]
    public async Task The_table_is_what_the_tests_say()
    {
        var file = Path.Combine(Repository.Root, "docs", "conformance.md");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var made = text[..(text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)] + Table();
        if (text != made)
        {
            var beside = Path.Combine(Path.GetTempPath(), "conformance.md");
            await File.WriteAllTextAsync(beside, made, TestContext.Current.CancellationToken);
            Assert.Fail($"docs/conformance.md is not what the tests say. Take {beside}.");
        }
    }

    private const string Mark = "<!-- made by ModuleTableTests -->\n";

    private static string Table()
    {
        var text = new StringBuilder();
        foreach (var plan in Modules.All.GroupBy(module => module.Plan))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## `{plan.Key}`\n\n{plan.Count(module => module.WhyNot is null)} of {plan.Count()} modules.\n\n| module | test |\n| --- | --- |\n");
            foreach (var module in plan)
            {
                var tests = Tests[module.Name].Select(test => $"`{test.DeclaringType!.Name}.{test.Name}`").Order(StringComparer.Ordinal);
                text.Append(CultureInfo.InvariantCulture, $"| `{module.Name}` | {(module.WhyNot is { } why ? $"none: {why}" : string.Join(", ", tests))} |\n");
            }
        }

        return text.ToString();
    }
}
