namespace Identity.Server.Connect;

/// <summary>Texts of the room's pages (<c>ConnectTexts.resx</c>, <c>ConnectTexts.en.resx</c>).</summary>
internal sealed class ConnectTexts;
