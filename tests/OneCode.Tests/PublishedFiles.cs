using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OneCode.Tests;

/// <summary>A site that publishes files, on a port of its own: for programs that fetch by themselves.</summary>
internal sealed class PublishedFiles : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public PublishedFiles()
    {
        listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        _ = ServeAsync();
    }

    public string Address { get; }

    public Dictionary<string, byte[]> Files { get; } = [];

    public void Dispose() => listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The site is closed.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var ended = client;
        try
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var path = (await reader.ReadLineAsync())?.Split(' ') is [_, var asked, _] ? asked : string.Empty;
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            var (status, body) = Files.TryGetValue(path, out var bytes) ? ("200 OK", bytes) : ("404 Not Found", []);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
            await stream.WriteAsync(body);
        }
        catch (IOException)
        {
            // Whoever asked has hung up.
        }
    }
}
