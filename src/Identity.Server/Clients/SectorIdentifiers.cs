using System.Text.Json;

namespace Identity.Server.Clients;

/// <summary>
/// <c>sector_identifier_uri</c> (OpenID Connect Core 8.1, Registration 5): a host says by a document which redirect URIs are its own, and their
/// clients see a person under one pseudonym. Read when a client is registered or changed, through the guard against calls into our own networks.
/// </summary>
internal sealed class SectorIdentifiers(IHttpClientFactory clients)
{
    public const string HttpClientName = "sector-identifiers";

    public const int LargestDocument = 64 * 1024;

    /// <summary>What is wrong; null where there is no document to ask, or it names each redirect URI.</summary>
    public async Task<string?> FaultAsync(ClientSettings client, CancellationToken cancellationToken)
    {
        if (client.SectorIdentifierUri is not { } address)
        {
            return null;
        }

        try
        {
            using var http = clients.CreateClient(HttpClientName);
            var named = JsonSerializer.Deserialize<string[]>(await http.GetByteArrayAsync(new Uri(address), cancellationToken)) ?? [];
            return client.RedirectUris.FirstOrDefault(uri => !named.Contains(uri, StringComparer.Ordinal)) is { } missing ? $"The document at sector_identifier_uri does not name '{missing}'." : null;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Refused by the guard, not there, too slow, too large, or no array: the same words, or whoever registers could look around in our networks.
            return "sector_identifier_uri must answer by HTTPS, from a public address, with a JSON array of redirect URIs.";
        }
    }
}
