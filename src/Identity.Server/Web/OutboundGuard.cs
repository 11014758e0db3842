using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>The name that somebody registered leads to an address that we do not call.</summary>
internal sealed class AddressRefusedException(string host) : IOException($"{host} is at an address that is not public and in none of Web:InternalNetworks.");

/// <summary>
/// For calls to addresses that others registered (SSRF): into our own networks only where the configuration says so, and the address
/// that was checked is the one that is connected to, so that a name which resolves differently a moment later (DNS rebinding) gains
/// nothing. Redirects are not followed, proxies and cookies not used, headers bounded; read the body bounded, or not at all.
/// </summary>
internal sealed class OutboundGuard(IOptions<WebOptions> options, IHostEnvironment environment)
{
    // What is routed on the public Internet is everything but these (IANA special-purpose address registries). The last four IPv6
    // ranges carry an IPv4 address inside, which would have to be judged on its own: nobody serves a logout address there.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16",
        }.Select(IPNetwork.Parse),
    ];

    private readonly IPNetwork[] internalNetworks = [.. options.Value.InternalNetworks.Select(IPNetwork.Parse)];

    /// <summary>How a name becomes addresses.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    public SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,

        // Addresses are judged when a connection opens, so none stays open for ever.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = ConnectAsync,
    };

    public bool MayCall(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(internalNetworks, network => network.Contains(plain))
            || !Array.Exists(NotPublic, network => network.Contains(plain))
            || (environment.IsDevelopment() && IPAddress.IsLoopback(plain));
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await Resolve(host, cancellationToken);

        // All of them: a public name with one address inside is no accident.
        if (addresses.Length == 0 || !Array.TrueForAll(addresses, MayCall))
        {
            throw new AddressRefusedException(host);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
