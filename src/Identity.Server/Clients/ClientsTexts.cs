namespace Identity.Server.Clients;

/// <summary>Texts of the developer portal (<c>ClientsTexts.resx</c>, <c>ClientsTexts.en.resx</c>).</summary>
internal sealed class ClientsTexts;
