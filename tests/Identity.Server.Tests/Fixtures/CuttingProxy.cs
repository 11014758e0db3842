using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Identity.Server.Tests.Fixtures;

/// <summary>
/// Stands between the server and PostgreSQL and cuts the line at the worst moment: at the COMMIT of a transaction that has written a
/// stored answer. Either right before PostgreSQL gets it or right after, when it is done and the answer never comes.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _to;
    private readonly Task _accepting;
    private Cut? _next;
    private volatile bool _refuses;

    public CuttingProxy(int to)
    {
        _to = to;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public enum Cut
    {
        BeforeCommit,
        AfterCommit,
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many COMMITs were cut.</summary>
    public int Count { get; private set; }

    /// <summary>The next such COMMIT is cut; with <paramref name="thenDown"/> nobody gets through any more until <see cref="ComeBack"/>.</summary>
    public void CutNext(Cut where, bool thenDown) => (_next, ThenDown) = (where, thenDown);

    public void ComeBack() => _refuses = false;

    private bool ThenDown { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                if (_refuses)
                {
                    return;
                }

                await server.ConnectAsync(IPAddress.Loopback, _to, _end.Token);
                await Task.WhenAny(UpAsync(client.GetStream(), server.GetStream()), server.GetStream().CopyToAsync(client.GetStream(), _end.Token));
            }
            catch (Exception gone) when (gone is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // One of the two is.
            }
        }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[1 << 16];
        var hasAnswer = false;
        for (int count; (count = await from.ReadAsync(buffer, _end.Token)) > 0;)
        {
            var text = Encoding.ASCII.GetString(buffer, 0, count);
            hasAnswer |= text.Contains("INSERT INTO stored_answers", StringComparison.Ordinal);
            if (text.Contains("COMMIT\0", StringComparison.Ordinal))
            {
                if (hasAnswer && _next is { } cut)
                {
                    (_next, _refuses) = (null, ThenDown);
                    Count++;
                    if (cut == Cut.AfterCommit)
                    {
                        // Time enough for it to be done; its answer is not carried back, the relay ends first.
                        await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
                        await to.FlushAsync(_end.Token);
                        from.Socket.Close();
                        await Task.Delay(300, _end.Token);
                    }

                    return;
                }

                hasAnswer = false;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
