using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Identity.Server.Clients;

namespace Identity.Server.Connect.Privacy;

/// <summary>
/// What a person is told before answering: who asks and what for (个人信息保护法 第十七条), in both languages, since the register is kept in
/// both. Kept with the answer, so that what was agreed to can still be read when the registration has changed.
/// </summary>
internal sealed record Told(string Name, string? NameEn, string? Operator, string? OperatorEn, string? Department, string? DepartmentEn, IReadOnlyList<string> Contacts, IReadOnlyDictionary<string, ToldPurpose> Purposes)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Told Of(ClientSettings client, IEnumerable<string> scopes) => new(
        client.Name,
        client.NameEn,
        client.Operator,
        client.OperatorEn,
        client.Department,
        client.DepartmentEn,
        [.. client.Contacts],
        new SortedDictionary<string, ToldPurpose>(
            scopes.Distinct().ToDictionary(scope => scope, scope => new ToldPurpose(client.Purposes.TryGetValue(scope, out var purpose) ? purpose : null, client.PurposesEn.TryGetValue(scope, out var english) ? english : null), StringComparer.Ordinal),
            StringComparer.Ordinal));

    public static Told Read(string json) => JsonSerializer.Deserialize<Told>(json, Json)!;

    public string Write() => JsonSerializer.Serialize(this, Json);

    /// <summary>With for how long, shown in the form and sent back with the answer: an answer to other words is none.</summary>
    public string Digest(int days) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { Told = this, Days = days }, Json)).AsSpan(0, 12));

    /// <summary>
    /// Whether an answer to this is one to <paramref name="now"/> too: the same operator, and of each scope that is asked for now the same
    /// purpose. A new name, contact or translation asks nobody again.
    /// </summary>
    public bool Covers(Told now) =>
        Operator == now.Operator && now.Purposes.All(wanted => Purposes.TryGetValue(wanted.Key, out var told) && told.Text == wanted.Value.Text);
}

/// <summary>What a scope is for.</summary>
internal sealed record ToldPurpose(string? Text, string? English);
