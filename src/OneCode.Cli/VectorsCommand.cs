using System.CommandLine;
using OneCode.Cli.Vectors;

namespace OneCode.Cli;

/// <summary><c>onecode vectors</c>: runs a folder of vectors against this implementation, or writes the folder anew.</summary>
internal static class VectorsCommand
{
    // Whole codes in SM2, apart from the rest: a verifier may do without SM2.
    private const string Sm2Folder = "sm2/codes";
    private const string CompactFolder = "compact";
    private const string RootsFolder = "roots";

    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder of vector files." };
        var write = new Option<bool>("--write") { Description = "Write the vectors that are missing instead of running them. Signatures are random: delete a file to have it made anew." };
        var command = new Command("vectors", "Run the test vectors of the format, or write those that are missing.") { folder, write };
        command.SetAction(result => result.GetValue(write)
            ? Write(result.GetValue(folder)!, result.InvocationConfiguration.Output)
            : Run(result.GetValue(folder)!, result.InvocationConfiguration.Output));
        return command;
    }

    private static int Write(DirectoryInfo folder, TextWriter output)
    {
        var count = Write(folder.FullName, VectorSet.All()) + Write(Path.Combine(folder.FullName, Sm2Folder), Sm2Vectors.All())
            + Write(Path.Combine(folder.FullName, CompactFolder), CompactVectors.All().Select(vector => (vector.Name, (Func<string>)(() => VectorFile.Write(vector.ToJson())))))
            + Write(Path.Combine(folder.FullName, RootsFolder), RootsVectors.All().Select(vector => (vector.Name, (Func<string>)(() => VectorFile.Write(vector.ToJson())))))
            + Write(Path.Combine(folder.FullName, "sm2", Sm2Set.File), Sm2Set.Write)
            + Write(Path.Combine(folder.FullName, "sm2", Sm2KeySet.File), Sm2KeySet.Write);
        output.WriteLine($"{count} vectors written");
        return ExitCodes.Passed;
    }

    private static int Write(string folder, IEnumerable<Vector> vectors) => Write(folder, vectors.Select(vector => (vector.Name, (Func<string>)(() => VectorFile.Write(vector)))));

    private static int Write(string folder, IEnumerable<(string Name, Func<string> Text)> vectors)
    {
        Directory.CreateDirectory(folder);
        var count = 0;
        foreach (var (name, text) in vectors)
        {
            count += Write(Path.Combine(folder, name + ".json"), text);
        }

        return count;
    }

    private static int Write(string file, Func<string> content)
    {
        if (File.Exists(file))
        {
            return 0;
        }

        File.WriteAllText(file, content());
        return 1;
    }

    private static int Run(DirectoryInfo folder, TextWriter output)
    {
        if (!folder.Exists)
        {
            output.WriteLine($"There is no folder {folder.FullName}.");
            return ExitCodes.Usage;
        }

        int passed = 0, failed = 0;
        var sm2 = new DirectoryInfo(Path.Combine(folder.FullName, Sm2Folder));
        var roots = new DirectoryInfo(Path.Combine(folder.FullName, RootsFolder));
        var compact = new DirectoryInfo(Path.Combine(folder.FullName, CompactFolder));
        var files = folder.EnumerateFiles("*.json").Concat(sm2.Exists ? sm2.EnumerateFiles("*.json") : []).Select(file => (File: file, Run: (Func<string, string?>)VectorRun.Differs))
            .Concat(compact.Exists ? compact.EnumerateFiles("*.json").Select(file => (File: file, Run: (Func<string, string?>)CompactVector.Differs)) : [])
            .Concat(roots.Exists ? roots.EnumerateFiles("*.json").Select(file => (File: file, Run: (Func<string, string?>)RootsVector.Differs)) : []);
        foreach (var (file, run) in files.OrderBy(entry => entry.File.Name, StringComparer.Ordinal))
        {
            var difference = run(File.ReadAllText(file.FullName));
            passed += difference is null ? 1 : 0;
            failed += difference is null ? 0 : 1;
            if (difference is not null)
            {
                output.WriteLine($"{Path.GetFileNameWithoutExtension(file.Name)}: {difference}");
            }
        }

        output.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 && passed > 0 ? ExitCodes.Passed : ExitCodes.Failed;
    }
}
