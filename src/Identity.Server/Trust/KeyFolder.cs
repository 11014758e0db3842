using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Trust;

/// <summary>
/// The private keys as files: <c>person.key.pem</c>, <c>enterprise.key.pem</c>, <c>vehicle.key.pem</c>, <c>status.key.pem</c>,
/// <c>audit.key.pem</c> and <c>master.secret</c>. A successor lies beside its predecessor (<c>person-2.key.pem</c>) until the trust
/// list has moved on.
/// </summary>
internal sealed partial class KeyFolder : IDisposable
{
    private const string Secret = "master.secret";

    private static readonly (KeyPurpose Purpose, string Name)[] Names =
        [(KeyPurpose.Person, "person"), (KeyPurpose.Enterprise, "enterprise"), (KeyPurpose.Vehicle, "vehicle"), (KeyPurpose.StatusList, "status")];

    private readonly Dictionary<KeyPurpose, List<OwnKey>> _keys = [];
    private readonly Dictionary<KeyPurpose, string> _problems = [];
    private readonly ILogger<KeyFolder> _logger;

    public KeyFolder(IOptions<TrustOptions> options, IHostEnvironment environment, ILogger<KeyFolder> logger)
    {
        _logger = logger;
        MakesOwnKeys = environment.IsDevelopment();
        Path = options.Value.KeyFolder ?? (MakesOwnKeys
            ? System.IO.Path.Combine(environment.ContentRootPath, ".data", "keys")
            : throw new StartRefusedException(
                "Trust:KeyFolder is not set. Outside Development the server uses the keys that it is given and makes none; certs/README.md says how to make them."));
        Path = System.IO.Path.GetFullPath(Path);
    }

    public string Path { get; }

    /// <summary>Development only. A key that appears by itself in production would sign codes that no trust list names.</summary>
    public bool MakesOwnKeys { get; }

    /// <summary>32 bytes from which the other secrets derive.</summary>
    public ReadOnlyMemory<byte> MasterSecret => _masterSecret ??= ReadMasterSecret();

    private byte[]? _masterSecret;

    /// <summary>Signs checkpoints of the audit log; null when its file cannot be read.</summary>
    public OwnKey? AuditKey { get; private set; }

    /// <summary>The usable keys of a purpose; more than one while one succeeds another.</summary>
    public IReadOnlyList<OwnKey> KeysOf(KeyPurpose purpose) => _keys.GetValueOrDefault(purpose) ?? [];

    /// <summary>Why a file of the purpose could not be used, or null.</summary>
    public string? ProblemOf(KeyPurpose purpose) => _problems.GetValueOrDefault(purpose);

    /// <summary>
    /// Reads every key. A missing file stops the start; a file that is there and cannot be read closes what it signs for, and the rest goes on.
    /// </summary>
    public void Load()
    {
        _ = MasterSecret;
        foreach (var (purpose, name) in Names)
        {
            Require(name + ".key.pem");
            _keys[purpose] = [];
            foreach (var file in Directory.EnumerateFiles(Path, name + "*.key.pem").Order(StringComparer.Ordinal))
            {
                if (TryRead(file, out var key))
                {
                    _keys[purpose].Add(key);
                }
                else
                {
                    _problems[purpose] = $"{System.IO.Path.GetFileName(file)} is not a readable private key of P-256 or SM2.";
                }
            }
        }

        Require("audit.key.pem");
        // The log's judges know ES256 alone.
        AuditKey = TryRead(File("audit.key.pem"), out var auditKey) && auditKey.Algorithm == CoseAlgorithm.Es256 ? auditKey : null;
    }

    /// <summary>Development's root key, made on first use.</summary>
    public OwnKey DevelopmentRoot()
    {
        if (!MakesOwnKeys)
        {
            throw new StartRefusedException("A root key has no business on a server outside Development.");
        }

        MakeKey("root.key.pem");
        return TryRead(File("root.key.pem"), out var key)
            ? key
            : throw new StartRefusedException($"{File("root.key.pem")} is not a readable P-256 private key.");
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values.SelectMany(keys => keys))
        {
            key.Dispose();
        }

        AuditKey?.Dispose();
    }

    private string File(string name) => System.IO.Path.Combine(Path, name);

    private void Require(string name)
    {
        if (!System.IO.File.Exists(File(name)))
        {
            throw new StartRefusedException(
                $"The file {File(name)} is missing. The server does not make keys outside Development: put it back, or see certs/README.md.");
        }
    }

    private byte[] ReadMasterSecret()
    {
        if (MakesOwnKeys)
        {
            Fill();
        }

        Require(Secret);
        var text = System.IO.File.ReadAllText(File(Secret)).Trim();
        var bytes = new byte[32];
        // Another secret would silently orphan every index, hash and encrypted number: no guess, no start.
        return Convert.TryFromBase64String(text, bytes, out var length) && length == 32
            ? bytes
            : throw new StartRefusedException($"The file {File(Secret)} must hold 32 bytes in Base64.");
    }

    private bool TryRead(string file, [NotNullWhen(true)] out OwnKey? key)
    {
        try
        {
            if (OwnKey.TryRead(System.IO.File.ReadAllText(file), out key))
            {
                return true;
            }
        }
        catch (IOException)
        {
            // Gone or unreadable.
        }
        catch (UnauthorizedAccessException)
        {
            // Not ours to read.
        }

        KeyFileUnusable(System.IO.Path.GetFileName(file));
        key = null;
        return false;
    }

    private void Fill()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var (_, name) in Names)
        {
            MakeKey(name + ".key.pem");
        }

        MakeKey("audit.key.pem");
        Write(Secret, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
    }

    private void MakeKey(string name) => Write(name, () =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    });

    private void Write(string name, Func<string> content)
    {
        if (System.IO.File.Exists(File(name)))
        {
            return;
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // Private from its first byte on, not a moment later.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(File(name), options);
        writer.WriteLine(content());
        KeyMade(name);
    }

    [LoggerMessage(4001, LogLevel.Information, "Made {File} for development")]
    private partial void KeyMade(string file);

    [LoggerMessage(4002, LogLevel.Critical, "The key file {File} cannot be used. What it signs is closed; the rest goes on")]
    private partial void KeyFileUnusable(string file);
}
