using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using NSec.Cryptography;

namespace Identity.Server.Accounts;

/// <summary>
/// Argon2id on threads of its own behind a bounded queue: a flood of wrong passwords takes these threads and no other, so that
/// every other page still answers. Singleton.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    /// <summary>The metric: somebody who guesses shows in it, and a test reads off it that an unknown name costs what a wrong password costs.</summary>
    public const string Name = "identity.accounts.password_hashes";

    private const int SaltSize = 16;
    private const int HashSize = 32;

    private readonly BlockingCollection<Action> work;
    private readonly Thread[] threads;
    private readonly AccountsOptions options;
    private readonly string dummy;
    private readonly Counter<long> derivations;

    public PasswordHashing(IOptions<AccountsOptions> options, IMeterFactory meters)
    {
        derivations = meters.Create("Identity.Server").CreateCounter<long>(Name, description: "Passwords that were hashed slowly, right or wrong");
        this.options = options.Value;
        work = new BlockingCollection<Action>(this.options.PasswordQueue);
        threads = [.. Enumerable.Range(0, this.options.PasswordThreads ?? Environment.ProcessorCount).Select(number => new Thread(Run)
        {
            IsBackground = true,
            Name = $"passwords {number}",
        })];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        dummy = Write(this.options.PasswordMemoryKib, this.options.PasswordPasses, RandomNumberGenerator.GetBytes(SaltSize), RandomNumberGenerator.GetBytes(HashSize));
    }

    public Task<string> HashAsync(string password, CancellationToken cancellationToken) => Enqueue(
        () =>
        {
            var salt = RandomNumberGenerator.GetBytes(SaltSize);
            return Write(options.PasswordMemoryKib, options.PasswordPasses, salt, Derive(password, salt, options.PasswordMemoryKib, options.PasswordPasses));
        },
        cancellationToken);

    /// <summary>Without a stored hash it does the same work on a dummy, so that an unknown name costs the same time.</summary>
    public Task<bool> VerifyAsync(string password, string? stored, CancellationToken cancellationToken) => Enqueue(
        () =>
        {
            var (memory, passes, salt, expected) = Read(stored ?? dummy);
            return CryptographicOperations.FixedTimeEquals(Derive(password, salt, memory, passes), expected) && stored is not null;
        },
        cancellationToken);

    /// <summary>True when the hash was made with less (or other) work than is wanted now.</summary>
    public bool IsOutdated(string stored)
    {
        var (memory, passes, _, _) = Read(stored);
        return memory != options.PasswordMemoryKib || passes != options.PasswordPasses;
    }

    public void Dispose()
    {
        work.CompleteAdding();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        work.Dispose();
    }

    private Task<T> Enqueue<T>(Func<T> compute, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var queued = work.TryAdd(() =>
        {
            // The one who asked has hung up: his guess was counted already, the work is not worth doing.
            if (cancellationToken.IsCancellationRequested)
            {
                done.SetCanceled(cancellationToken);
                return;
            }

            try
            {
                done.SetResult(compute());
            }
#pragma warning disable CA1031 // A boundary: the exception belongs to the one who awaits, and this thread must live on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                done.SetException(exception);
            }
        });
        return queued ? done.Task : throw new OverloadedException("Too many passwords are waiting to be checked.");
    }

    private void Run()
    {
        foreach (var item in work.GetConsumingEnumerable())
        {
            item();
        }
    }

    private byte[] Derive(string password, byte[] salt, int memoryKib, int passes)
    {
        derivations.Add(1);

        // The whole password and nothing else goes in: no name, no cut. Composed and decomposed spellings are one password.
        var wellFormed = UserNames.Normalized(password);
        var argon = PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
        {
            DegreeOfParallelism = 1,
            MemorySize = memoryKib,
            NumberOfPasses = passes,
        });
        return argon.DeriveBytes(Encoding.UTF8.GetBytes(wellFormed), salt, HashSize);
    }

    private static string Write(int memoryKib, int passes, byte[] salt, byte[] hash) => string.Create(
        CultureInfo.InvariantCulture,
        $"$argon2id$v=19$m={memoryKib},t={passes},p=1${Convert.ToBase64String(salt).TrimEnd('=')}${Convert.ToBase64String(hash).TrimEnd('=')}");

    private static (int MemoryKib, int Passes, byte[] Salt, byte[] Hash) Read(string stored)
    {
        var parts = stored.Split('$');
        if (parts is not ["", "argon2id", "v=19", var parameters, var salt, var hash]
            || parameters.Split(',') is not [['m', '=', .. var memory], ['t', '=', .. var passes], "p=1"])
        {
            throw new FormatException("A stored password hash is not one of ours.");
        }

        return (
            int.Parse(memory, NumberStyles.None, CultureInfo.InvariantCulture),
            int.Parse(passes, NumberStyles.None, CultureInfo.InvariantCulture),
            Convert.FromBase64String(Padded(salt)),
            Convert.FromBase64String(Padded(hash)));

        static string Padded(string text) => text.PadRight((text.Length + 3) / 4 * 4, '=');
    }
}
