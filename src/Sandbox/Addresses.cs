using System.Net;
using System.Net.Sockets;

namespace Sandbox;

/// <summary>Where everything in the box listens. All of it is plain HTTP on loopback, which only Development allows.</summary>
internal sealed record Addresses(Uri Login, Uri SocialSecurity, Uri Tax, Uri Wallet, Uri Verifier, Uri Console, Uri Registers)
{
    public const int DefaultPort = 5080;

    /// <summary>The published order of ports: login, the two portals, wallet, verifier, console, and registers ten above.</summary>
    public static Addresses From(int port) =>
        new(Local(port), Local(port + 1), Local(port + 2), Local(port + 3), Local(port + 4), Local(port + 5), Local(port + 10));

    /// <summary>Seven ports that were free a moment ago, for tests that run beside each other.</summary>
    public static Addresses Free()
    {
        // All are held until the last is found, so that no port comes twice.
        var listeners = Enumerable.Range(0, 7).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in listeners)
            {
                listener.Start();
            }
            var free = listeners.Select(listener => Local(((IPEndPoint)listener.LocalEndpoint).Port)).ToArray();
            return new(free[0], free[1], free[2], free[3], free[4], free[5], free[6]);
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }

    /// <summary>The origins that the one server process answers.</summary>
    public string ServerUrls => string.Join(';', Text(Login), Text(Wallet), Text(Verifier), Text(Console));

    /// <summary>An address as configuration and <c>Origin</c> headers spell it: without the final slash.</summary>
    public static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static Uri Local(int port) => new($"http://localhost:{port}");
}
