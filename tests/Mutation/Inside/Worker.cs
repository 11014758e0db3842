using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Xunit.v3;

namespace OneCode.Tests;

/// <summary>
/// The tests' own process without their runner: runs named tests in this process, again and again, with one mutant alive each time. Lines in, lines out.
/// </summary>
internal static class Worker
{
    private static readonly Dictionary<string, Func<Task>> Tests = new(StringComparer.Ordinal);

    private static async Task<int> Main(string[] arguments)
    {
        // What a test says goes to the other stream: this one is for answers.
        var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(TextWriter.Null);
        Console.SetError(TextWriter.Null);
        if (arguments is ["--active", var always])
        {
            Mutant.Active = int.Parse(always, CultureInfo.InvariantCulture);
        }

        try
        {
            Find(arguments);
        }
        catch (Exception e)
        {
            await answers.WriteLineAsync($"broken {e.GetBaseException().Message.ReplaceLineEndings(" ")}");
            return 1;
        }

        await answers.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split('\t');
            switch (words[0])
            {
                case "list":
                    await answers.WriteLineAsync(string.Join('\t', Tests.Keys));
                    break;

                // Runs one test with none alive and says how long it took and which mutants it asked for.
                case "cover":
                    var asked = new bool[int.Parse(words[1], CultureInfo.InvariantCulture)];
                    Mutant.Asked = asked;
                    var watch = Stopwatch.StartNew();
                    var failure = await RunAsync(words[2]);
                    Mutant.Asked = null;
                    await answers.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{watch.ElapsedMilliseconds}\t{failure}\t{string.Join(' ', Enumerable.Range(0, asked.Length).Where(i => asked[i]))}"));
                    break;

                // Runs tests with one alive, until one fails; then that one without, to see that nothing stayed behind.
                case "kill":
                    await answers.WriteLineAsync(await KillAsync(int.Parse(words[1], CultureInfo.InvariantCulture), words[2..]));
                    break;
                default:
                    return 1;
            }
        }

        return 0;
    }

    private static async Task<string> KillAsync(int mutant, string[] tests)
    {
        var always = Mutant.Active;
        foreach (var test in tests)
        {
            Mutant.Active = mutant;
            var failure = await RunAsync(test);
            Mutant.Active = always;
            if (failure.Length == 0)
            {
                continue;
            }

            return always == 0 && (await RunAsync(test)).Length > 0 ? $"dirty\t{test}" : $"killed\t{test}\t{failure}";
        }

        return "survived";
    }

    private static void Find(string[] arguments)
    {
        foreach (var type in typeof(Worker).Assembly.GetTypes().Where(type => type.IsPublic && !type.IsAbstract).OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            {
                if (method.GetCustomAttribute<TheoryAttribute>() is not null)
                {
                    var row = 0;
                    foreach (var data in Rows(type, method))
                    {
                        Tests.Add($"{type.Name}.{method.Name}#{row++} {(data is [string text, ..] && text.Length < 80 && text.All(c => c > ' ') ? text : "")}", () => InvokeAsync(type, method, data));
                    }
                }
                else if (method.GetCustomAttribute<FactAttribute>() is not null)
                {
                    Tests.Add($"{type.Name}.{method.Name}", () => InvokeAsync(type, method, []));
                }
            }
        }
    }

    private static IEnumerable<object?[]> Rows(Type type, MethodInfo method)
    {
        foreach (var inline in method.GetCustomAttributes<InlineDataAttribute>())
        {
            yield return inline.Data!;
        }

        foreach (var member in method.GetCustomAttributes<MemberDataAttribute>())
        {
            var found = type.GetMethod(member.MemberName, BindingFlags.Public | BindingFlags.Static)?.Invoke(null, null)
                ?? type.GetProperty(member.MemberName, BindingFlags.Public | BindingFlags.Static)!.GetValue(null);
            foreach (var row in (System.Collections.IEnumerable)found!)
            {
                yield return row is Xunit.ITheoryDataRow typed ? typed.GetData() : (object?[])row;
            }
        }
    }

    private static async Task InvokeAsync(Type type, MethodInfo method, object?[] arguments)
    {
        var output = new Silence();
        var constructor = type.GetConstructors().Single();
        var instance = constructor.Invoke([.. constructor.GetParameters().Select(_ => (object)output)]);
        try
        {
            // Off this thread: what a test leaves in its context is the test's.
            await Task.Run(async () =>
            {
                switch (method.Invoke(instance, arguments))
                {
                    case Task task:
                        await task;
                        break;
                    case ValueTask task:
                        await task;
                        break;
                    default:
                        break;
                }
            });
        }
        finally
        {
            switch (instance)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
                default:
                    break;
            }
        }
    }

    private static async Task<string> RunAsync(string test)
    {
        try
        {
            await Tests[test]();
            return "";
        }
        catch (Exception e)
        {
            return e.GetBaseException().GetType().Name;
        }
    }

    private sealed class Silence : ITestOutputHelper
    {
        public string Output => "";

        public void Write(string message)
        {
        }

        public void Write(string format, params object[] args)
        {
        }

        public void WriteLine(string message)
        {
        }

        public void WriteLine(string format, params object[] args)
        {
        }
    }
}
