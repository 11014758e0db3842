namespace Identity.Server.Administration;

/// <summary>Texts of the console (<c>AdministrationTexts.resx</c>, <c>AdministrationTexts.en.resx</c>).</summary>
internal sealed class AdministrationTexts;
