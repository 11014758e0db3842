namespace Identity.Server.Web;

/// <summary>Texts of the layout and of the error pages (<c>WebTexts.resx</c>, <c>WebTexts.en.resx</c>).</summary>
internal sealed class WebTexts;
