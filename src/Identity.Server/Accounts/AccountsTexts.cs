namespace Identity.Server.Accounts;

/// <summary>Texts of the sign-in and account pages (<c>AccountsTexts.resx</c>, <c>AccountsTexts.en.resx</c>).</summary>
internal sealed class AccountsTexts;
