using System.CommandLine;
using OneCode.Cli;

var root = new RootCommand("onecode: judge and inspect OC1 code texts.") { VectorsCommand.Create() };
var parsed = root.Parse(args);

// System.CommandLine answers a wrong command line with 1, which here would mean "the code failed".
var exit = parsed.Invoke();
return parsed.Errors.Count > 0 ? ExitCodes.Usage : exit;
