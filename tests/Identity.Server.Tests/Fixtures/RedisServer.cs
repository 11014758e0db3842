using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Identity.Server.Tests.Fixtures;

/// <summary>
/// A redis-server of our own on loopback, configured as docker-compose.yml does: it refuses writes when full rather than
/// forget. Each test class starts one, so that it may stop it, empty it or lie through it.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly int _port = FreePort.Next();
    private Process? _process;

    private RedisServer()
    {
    }

    public string ConnectionString => $"127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}";

    public static async Task<RedisServer> StartAsync(params string[] more)
    {
        var server = new RedisServer();
        await server.RestartAsync(more);
        return server;
    }

    /// <summary>Starts it again, empty, on the same port.</summary>
    public async Task RestartAsync(params string[] more)
    {
        string[] arguments =
        [
            "--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", .. more,
        ];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { WorkingDirectory = Path.GetTempPath(), RedirectStandardOutput = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        for (var tries = 0; !await AnswersAsync(); tries++)
        {
            if (tries == 100 || _process.HasExited)
            {
                throw new InvalidOperationException("redis-server does not start.");
            }
            await Task.Delay(50);
        }
    }

    /// <summary>As a crash does it.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
