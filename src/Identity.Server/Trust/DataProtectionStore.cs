using System.Security.Cryptography;
using System.Xml.Linq;
using Identity.Server.Storage;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Trust;

/// <summary>Keeps Data Protection's keys in the database. The framework asks without waiting, once a day.</summary>
internal sealed class DataProtectionStore(IServiceScopeFactory scopes) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var scope = scopes.CreateScope();
        return [.. scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<DataProtectionKey>().AsNoTracking().AsEnumerable().Select(key => XElement.Parse(key.Xml))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var scope = scopes.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        db.Add(new DataProtectionKey { Name = friendlyName, Xml = element.ToString(SaveOptions.DisableFormatting) });
        db.SaveChanges();
    }
}

/// <summary>Whoever reads the database must not be able to make cookies: its keys lie there encrypted under a derived secret.</summary>
internal sealed class DataProtectionEncryptor(DerivedSecrets secrets) : IXmlEncryptor
{
    internal const string Label = "data-protection";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = System.Text.Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var box = new byte[28 + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, 12));
        using var aes = new AesGcm(secrets.Derive(Label), 16);
        aes.Encrypt(box.AsSpan(0, 12), plain, box.AsSpan(28), box.AsSpan(12, 16));
        return new EncryptedXmlInfo(new XElement("aesGcm", Convert.ToBase64String(box)), typeof(DataProtectionDecryptor));
    }
}

/// <summary>The other half; found by the framework through the type name in the stored element.</summary>
internal sealed class DataProtectionDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var box = Convert.FromBase64String(encryptedElement.Value);
        var plain = new byte[box.Length - 28];
        using var aes = new AesGcm(services.GetRequiredService<DerivedSecrets>().Derive(DataProtectionEncryptor.Label), 16);
        aes.Decrypt(box.AsSpan(0, 12), box.AsSpan(28), box.AsSpan(12, 16), plain);
        return XElement.Parse(System.Text.Encoding.UTF8.GetString(plain));
    }
}
