using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Identity.Server.Tests.Fixtures;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Identity.Server.Tests.Fixtures;

/// <summary>
/// A PostgreSQL of our own on loopback, started when the first test asks for a database and gone with the last.
/// PostgreSQL refuses to run as root, so root hands it to the user that its package made.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime, IDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private readonly DirectoryInfo _folder = new(Path.Combine(Path.GetTempPath(), "postgres-" + Path.GetRandomFileName()));
    private readonly string _password = RandomNumberGenerator.GetHexString(20);
    private readonly int _port = FreePort.Next();
    private bool _started;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Settings of a server on a fresh database of this provider.</summary>
    public async Task<Dictionary<string, string?>> SettingsAsync(string provider)
    {
        var settings = new Dictionary<string, string?> { ["Storage:Provider"] = provider };
        if (provider == "Postgres")
        {
            settings["ConnectionStrings:Database"] = await NewDatabaseAsync();
        }

        return settings;
    }

    /// <summary>An empty database; the connection string to it.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        await StartAsync();
        var name = "d" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres"));
        await connection.OpenAsync();
        await using var create = connection.CreateCommand();
#pragma warning disable CA2100 // The name is twelve random hexadecimal digits, and CREATE DATABASE takes no parameter.
        create.CommandText = $"CREATE DATABASE {name}";
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync();
        return ConnectionTo(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            NpgsqlConnection.ClearAllPools();
            await ToolAsync("pg_ctl", "-D", DataFolder, "-m", "immediate", "-w", "stop");
            _folder.Delete(recursive: true);
        }
        Dispose();
    }

    public void Dispose() => _starting.Dispose();

    private string DataFolder => Path.Combine(_folder.FullName, "data");

    // A test's server is gone after seconds, its pool would keep the connections for five minutes: hundreds of tests then find no connection free.
    private string ConnectionTo(string database) =>
        $"Host=127.0.0.1;Port={_port};Username=identity;Password={_password};Database={database};Include Error Detail=true;Connection Idle Lifetime=10;Connection Pruning Interval=5";

    private async Task StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_started)
            {
                return;
            }
            _folder.Create();
            var passwordFile = Path.Combine(_folder.FullName, "password");
            await File.WriteAllTextAsync(passwordFile, _password);
            if (OperatingSystem.IsLinux())
            {
                // The other user must reach it; the folder's name is random and it lives for minutes.
                _folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
            }
            await ToolAsync("initdb", "-D", DataFolder, "-U", "identity", "-A", "scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C", "--no-sync");
            // No durability: the cluster is thrown away. All else as in production.
            var settings = $"-c listen_addresses=127.0.0.1 -c port={_port.ToString(CultureInfo.InvariantCulture)} -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c max_connections=200";
            await ToolAsync("pg_ctl", "-D", DataFolder, "-w", "-l", Path.Combine(_folder.FullName, "log"), "-o", settings, "start");
            _started = true;
        }
        finally
        {
            _starting.Release();
        }
    }

    private static async Task ToolAsync(string name, params string[] arguments)
    {
        var tool = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin", name)).Last()
            : name;
        string[] command = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--", tool, .. arguments] : [tool, .. arguments];
        // The server inherits what pg_ctl has; a pipe held open by it would never end.
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/", RedirectStandardInput = true, RedirectStandardOutput = name == "initdb" })!;
        var output = name == "initdb" ? await process.StandardOutput.ReadToEndAsync() : "";
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{name} failed: {output}");
    }
}
