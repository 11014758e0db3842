using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Faults;

/// <summary>Processes that this program starts, and ends the way a power cut does.</summary>
internal static class Processes
{
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>kill -9, children first seen and then killed with it: what PostgreSQL forked dies as it would with the machine.</summary>
    public static void KillTree(int pid)
    {
        var all = new List<int> { pid };
        for (var i = 0; i < all.Count; i++)
        {
            all.AddRange(ChildrenOf(all[i]));
        }

        foreach (var one in all)
        {
            try
            {
                using var process = Process.GetProcessById(one);
                process.Kill();
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
            {
                // Gone by itself.
            }
        }
    }

    private static List<int> ChildrenOf(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{Text(pid)}/task/{Text(pid)}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    public static async Task UntilAsync(Func<Task<bool>> holds, TimeSpan atMost, string what)
    {
        for (var watch = Stopwatch.StartNew(); !await holds(); await Task.Delay(20))
        {
            if (watch.Elapsed > atMost)
            {
                throw new TimeoutException($"{what}: not within {atMost}");
            }
        }
    }
}

/// <summary>PostgreSQL with its promises on: fsync, full pages, synchronous commit.</summary>
internal sealed class Postgres(DirectoryInfo folder) : IAsyncDisposable
{
    private readonly string _password = RandomNumberGenerator.GetHexString(20);
    private readonly int _port = Processes.FreePort();

    private string Data => Path.Combine(folder.FullName, "data");

    /// <param name="application">How its sessions call themselves, so that one can see from outside what a node is doing.</param>
    public string ConnectionTo(string application) =>
        $"Host=127.0.0.1;Port={Processes.Text(_port)};Username=identity;Password={_password};Database=identity;Application Name={application};Timeout=5;Command Timeout={(application == "driver" ? 120 : 15)}"
        // A pool would hand this program connections of a PostgreSQL that is dead since.
        + (application == "driver" ? ";Pooling=false" : "");

    public async Task CreateAsync()
    {
        folder.Create();
        if (OperatingSystem.IsLinux())
        {
            folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        }

        var passwordFile = Path.Combine(folder.FullName, "password");
        await File.WriteAllTextAsync(passwordFile, _password);
        await ToolAsync("initdb", "-D", Data, "-U", "identity", "-A", "scram-sha-256", $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C");
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), $"""

            listen_addresses = '127.0.0.1'
            port = {Processes.Text(_port)}
            unix_socket_directories = ''
            max_connections = 200
            fsync = on
            synchronous_commit = on
            full_page_writes = on

            """);
        await StartAsync();
        await using var connection = new NpgsqlConnection(ConnectionTo("setup").Replace("Database=identity", "Database=postgres", StringComparison.Ordinal));
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand("CREATE DATABASE identity", connection);
        await create.ExecuteNonQueryAsync();
    }

    public async Task StartAsync()
    {
        // It refuses while a child of the one that was killed still holds the shared memory.
        for (var tries = 1; ; tries++)
        {
            try
            {
                await ToolAsync("pg_ctl", "-D", Data, "-w", "-t", "120", "-l", Path.Combine(folder.FullName, "log"), "start");
                return;
            }
            catch (InvalidOperationException) when (tries < 50)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>As an operator stops it: sessions are ended, the disk is in order.</summary>
    public Task StopAsync() => ToolAsync("pg_ctl", "-D", Data, "-m", "fast", "-w", "stop");

    public async Task KillAsync()
    {
        var pid = int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture);
        Processes.KillTree(pid);
        await Processes.UntilAsync(() => Task.FromResult(!Directory.Exists($"/proc/{Processes.Text(pid)}") || File.ReadAllText($"/proc/{Processes.Text(pid)}/stat").Contains(") Z ", StringComparison.Ordinal)), TimeSpan.FromSeconds(30), "PostgreSQL dies");
    }

    /// <summary>A session of the campaign's own. PostgreSQL is up; on a crowded machine it may be slow to say so.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(200))
        {
            var connection = new NpgsqlConnection(ConnectionTo("driver"));
            try
            {
                await connection.OpenAsync();
                return connection;
            }
            catch (NpgsqlException) when (watch.Elapsed < TimeSpan.FromMinutes(1))
            {
                await connection.DisposeAsync();
            }
        }
    }

    public async Task<T> AskAsync<T>(string sql, Func<NpgsqlDataReader, Task<T>> read)
    {
        await using var connection = await OpenAsync();
#pragma warning disable CA2100 // The statements stand in this program.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        return await read(reader);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            await KillAsync();
        }
    }

    private static async Task ToolAsync(string name, params string[] arguments)
    {
        var tool = Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin", name)).Last();
        string[] command = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--", tool, .. arguments] : [tool, .. arguments];
        // The server inherits what pg_ctl has; a pipe held open by it would never end. What it says goes to a file for the same reason.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", .. command]) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{name} {string.Join(' ', arguments)} failed.");
        }
    }
}

/// <summary>A redis-server that keeps what it holds only when told to.</summary>
internal sealed class Redis(DirectoryInfo folder) : IAsyncDisposable
{
    private readonly int _port = Processes.FreePort();
    private Process? _process;

    public string ConnectionString => "127.0.0.1:" + Processes.Text(_port);

    private string Dump => Path.Combine(folder.FullName, "dump.rdb");

    public async Task StartAsync()
    {
        folder.Create();
        _process = Process.Start(new ProcessStartInfo("redis-server",
        [
            "--port", Processes.Text(_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", folder.FullName, "--logfile", Path.Combine(folder.FullName, "log"),
        ]))!;
        await Processes.UntilAsync(async () => await CommandAsync("PING") == "+PONG", TimeSpan.FromSeconds(60), "Redis starts");
    }

    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    public Task FlushAsync() => CommandAsync("FLUSHALL");

    /// <summary>What a replica that is far behind would have.</summary>
    public Task RememberAsync() => CommandAsync("SAVE");

    /// <summary>The primary is gone, and the replica that takes over has only what <see cref="RememberAsync"/> saw.</summary>
    public async Task FailOverAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public async Task RestartEmptyAsync()
    {
        await KillAsync();
        File.Delete(Dump);
        await StartAsync();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    // One inline command and the first line of its answer: not worth a library.
    private async Task<string?> CommandAsync(string command)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _port);
            await using var stream = client.GetStream();
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\r\n"));
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync();
        }
        catch (Exception notUp) when (notUp is SocketException or IOException)
        {
            return null;
        }
    }
}

/// <summary>One server of the province: the built program, as an operator starts it, restarted as systemd would.</summary>
internal sealed class Node(string name, string program, IReadOnlyDictionary<string, string?> settings, DirectoryInfo folder, string host) : IAsyncDisposable
{
    private readonly int _port = Processes.FreePort();
    private Process? _process;
    private int _refusals;
    private bool _isUp;

    public string Name => name;

    public Uri Address => new($"http://127.0.0.1:{Processes.Text(_port)}");

    public string Host => host;

    /// <summary>It served, nobody killed it, and it is gone: whatever it met, that is a finding.</summary>
    public bool EndedByItself => IsUp && _process is { HasExited: true };

    public bool IsUp => Volatile.Read(ref _isUp);

    public async Task StartAsync()
    {
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        await Processes.UntilAsync(
            async () =>
            {
                if (_process is null or { HasExited: true })
                {
                    if (_process is not null && ++_refusals > 20)
                    {
                        throw new TimeoutException($"{name} stops by itself again and again; see its log in {folder.FullName}");
                    }

                    _process?.Dispose();
                    _process = Launch();
                }

                try
                {
                    using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative));
                    return answer.IsSuccessStatusCode;
                }
                catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
                {
                    await Task.Delay(200);
                    return false;
                }
            },
            TimeSpan.FromMinutes(3), $"{name} starts");
        _refusals = 0;
        Volatile.Write(ref _isUp, true);
    }

    public async Task KillAsync()
    {
        Volatile.Write(ref _isUp, false);
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private Process Launch()
    {
        folder.Create();
        List<string> arguments =
        [
            "-c", $"exec \"$@\" >>'{Path.Combine(folder.FullName, name + ".log")}' 2>&1", "sh",
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program,
            "--environment", "Development", "--contentRoot", folder.FullName, $"--urls={Address}",
        ];
        arguments.AddRange(settings.Select(setting => $"--{setting.Key}={setting.Value}"));
        var start = new ProcessStartInfo("/bin/sh", arguments) { WorkingDirectory = folder.FullName };
        // It lives for seconds: watching what it does often, to compile that better, would never pay.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }
}

/// <summary>The built server, with what we did not write compiled ahead of time where <c>tests/faults/run</c> has done that.</summary>
internal static class ServerProgram
{
    public static string CopyTo(DirectoryInfo folder)
    {
        folder.Create();
        var built = new FileInfo(typeof(Identity.Server.ServerHost).Assembly.Location);
        var faster = Path.GetFullPath(Path.Combine(built.DirectoryName!, "../../../obj/faster"));
        var compiled = 0;
        foreach (var file in built.Directory!.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var copy = new FileInfo(Path.Combine(folder.FullName, Path.GetRelativePath(built.DirectoryName!, file.FullName)));
            copy.Directory!.Create();
            var other = new FileInfo(Path.Combine(faster, file.Name));
            var use = other.Exists && other.LastWriteTimeUtc == file.LastWriteTimeUtc ? other : file;
            use.CopyTo(copy.FullName);
            compiled += use == other ? 1 : 0;
        }

        Console.WriteLine(compiled > 0 ? $"{compiled} libraries compiled ahead" : "libraries are compiled at each start: tests/faults/run makes that faster");
        return Path.Combine(folder.FullName, built.Name);
    }
}
