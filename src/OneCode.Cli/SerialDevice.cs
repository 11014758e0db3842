using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OneCode.Cli;

/// <summary>
/// A scanner gun on a serial line, read raw. Its speed is as the system has set it (USB scanners have none; <c>stty -F DEVICE 9600</c> for the others). Unplugged, it is
/// waited for: a turnstile has nobody to restart it.
/// </summary>
internal static partial class SerialDevice
{
    private static readonly TimeSpan BeforeAnotherTry = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<string> ReadAsync(string device, TextWriter notes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UsageException("--device reads serial devices of Linux; elsewhere give the scanned lines to standard input.");
        }

        if (!File.Exists(device))
        {
            throw new UsageException($"There is no device {device}.");
        }

        while (true)
        {
            using (var handle = Open(device))
            {
                if (!handle.IsInvalid)
                {
                    using var stream = new EndingQuietly(new FileStream(handle, FileAccess.Read, bufferSize: 0));
                    await foreach (var line in ScannedLines.ReadAsync(stream, cancellationToken))
                    {
                        yield return line;
                    }
                }
            }

            await notes.WriteLineAsync($"{device} is gone; waiting for it.");
            do
            {
                await Task.Delay(BeforeAnotherTry, cancellationToken);
            }
            while (!File.Exists(device));
        }
    }

    private static SafeFileHandle Open(string device)
    {
        // Not as our controlling terminal: its end would be a signal to us to end too.
        const int ReadOnlyWithoutControl = 0x100;
        var handle = OpenFile(device, ReadOnlyWithoutControl);
        if (!handle.IsInvalid)
        {
            // The structure's layout is the C library's business: it only passes through. Cooked, a terminal would echo codes back to the scanner and stop at 4,096 characters.
            Span<byte> settings = stackalloc byte[256];
            if (GetSettings(handle, settings) == 0)
            {
                MakeRaw(settings);
                _ = SetSettings(handle, 0, settings);
            }
        }

        return handle;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int GetSettings(SafeFileHandle file, Span<byte> settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void MakeRaw(Span<byte> settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetSettings(SafeFileHandle file, int when, Span<byte> settings);

    /// <summary>A device that was pulled out fails its reader; here that is the end of its lines.</summary>
    private sealed class EndingQuietly(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            try
            {
                return inner.Read(buffer);
            }
            catch (IOException)
            {
                return 0;
            }
        }

        // A read of a device cannot be called off; a thread of its own waits in it while the program may end.
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await Task.Run(() => Read(buffer.Span), CancellationToken.None).WaitAsync(cancellationToken);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
