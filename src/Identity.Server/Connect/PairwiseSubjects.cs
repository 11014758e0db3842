using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Clients;

namespace Identity.Server.Connect;

/// <summary>
/// The <c>sub</c> that a client sees (OpenID Connect Core 8.1): a keyed digest of sector and account, so that two sectors cannot
/// put their records together. Never turned back: wherever a client's <c>sub</c> comes in, the account at hand is turned forward
/// and compared.
/// </summary>
internal sealed class PairwiseSubjects(byte[] key, ClientDirectory clients)
{
    public string Of(string accountId, string clientId)
    {
        // Staff are known by account: the console is ours and every act of theirs is on record under it.
        if (clients.Find(clientId) is { Staff: true })
        {
            return accountId;
        }

        return Digest($"{SectorOf(clientId)}\n{accountId}");
    }

    /// <summary>
    /// In a token that <paramref name="actorId"/> got for <paramref name="targetId"/> (RFC 8693): it passes through the hands of the first, who must not
    /// learn the name that the person has at the second. That one learns it by introspection.
    /// </summary>
    public string Between(string accountId, string actorId, string targetId) => Digest($"{SectorOf(targetId)}\n{SectorOf(actorId)}\n{accountId}");

    // The separator stands in none of the parts, so no two of them read alike.
    private string Digest(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)).AsSpan(0, 24));

    /// <summary>
    /// The sector identifier. Loopback names no one, so there each client is a sector of its own.
    /// </summary>
    private string SectorOf(string clientId)
    {
        if (clients.Find(clientId) is not { } client)
        {
            return clientId;
        }

        if (client.Sector is { } sector)
        {
            return sector;
        }

        if (client.SectorIdentifierUri is { } document)
        {
            return new Uri(document).Host;
        }

        var hosts = client.RedirectUris.Select(uri => new Uri(uri)).Where(uri => !uri.IsLoopback).Select(uri => uri.Host).Distinct().ToArray();
        return hosts is [var host] ? host : clientId;
    }
}
