using System.CommandLine;
using OneCode.Cli;
using OneCode.Cli.Audit;

var root = new RootCommand("onecode: judge and inspect OC1 code texts.")
{
    VerifyCommand.Create(),
    GateCommand.Create(),
    InspectCommand.Create(),
    KeygenCommand.Create(),
    VectorsCommand.Create(),
    AuditCommand.Create(),
    TrustCommand.Create(),
};
var parsed = root.Parse(args);

// System.CommandLine answers a wrong command line and a fault of ours with 1, which here would mean "the code failed".
var exit = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
return parsed.Errors.Count > 0 ? ExitCodes.Usage : exit;
