namespace Identity.Server.Credentials;

/// <summary>Texts of the pages about codes (<c>CredentialsTexts.resx</c>, <c>CredentialsTexts.en.resx</c>).</summary>
internal sealed class CredentialsTexts;
