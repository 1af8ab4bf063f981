using System.Security.Cryptography;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>
/// What a file says, read again when the file changes. Each use looks at the file's times, size and inode (one system call), so that a user who is taken out is
/// gone with the next request. A file that became unreadable or wrong lets nobody in until it is right again: going on with what it said before would let those in who
/// were taken out.
/// </summary>
internal sealed class WatchedFile<T> where T : class
{
    /// <summary>The kernel's clock for files has steps of up to 10 ms; a file that changed so shortly before it was read may change again without a new time.</summary>
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(100);

    private readonly string what, path;
    private readonly int limitBytes;
    private readonly Func<ReadOnlyMemory<byte>, T> parse;
    private readonly ILogger? log;
    private readonly Lock gate = new();
    private volatile State state;

    /// <summary>Reads the file.</summary>
    /// <param name="what">What is in it, for errors.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="limitBytes">A longer one is refused.</param>
    /// <param name="parse">Reads the contents. What it throws names the line and no secret.</param>
    /// <param name="log">Is told when a changed file cannot be used.</param>
    /// <exception cref="KeelsonException">The file cannot be read or is not right.</exception>
    public WatchedFile(string what, string path, int limitBytes, Func<ReadOnlyMemory<byte>, T> parse, ILogger? log = null)
    {
        (this.what, this.path, this.limitBytes, this.parse, this.log) = (what, path, limitBytes, parse, log);
        state = Load(null);
        if (state.Error is { } error) throw new KeelsonException(error.Kind, error.Message);
    }

    /// <summary>What the file says now.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot be read, or is not right.</exception>
    public T Current
    {
        get
        {
            State seen = state;
            if (!IsCurrent(seen))
                lock (gate)
                {
                    seen = state;
                    if (!IsCurrent(seen)) state = seen = Load(seen);
                }
            return seen.Value ?? throw new KeelsonException(ErrorKind.Unavailable, seen.Error!.Message);
        }
    }

    private bool IsCurrent(State seen)
    {
        // A missing file has no times; it is tried each time.
        return seen.IsSettled && Files.TryStatus(path, out FileStatus status) == Errno.None && Stamp.Of(status) == seen.Stamp;
    }

    private State Load(State? before)
    {
        Stamp stamp = default;
        try
        {
            using FdHandle file = Files.Open(path, OpenFlags.O_RDONLY);
            Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("look at", path);
            stamp = Stamp.Of(status);
            Files.TryReadAll(file.Fd, out ReadOnlyMemory<byte> contents, limitBytes).ThrowIfError("read", path);
            byte[] hash = SHA256.HashData(contents.Span);
            DateTimeOffset changed = DateTimeOffset.FromUnixTimeSeconds(stamp.ChangeSeconds).AddTicks(stamp.ChangeNanoseconds / 100);
            bool isSettled = TimeProvider.System.GetUtcNow() - changed > Unsettled;
            // The same contents keep what was learned with them.
            if (before?.Hash is { } old && hash.AsSpan().SequenceEqual(old)) return before with { Stamp = stamp, IsSettled = isSettled };
            try
            {
                return new State(stamp, isSettled, hash, parse(contents), null);
            }
            catch (KeelsonException e)
            {
                return Failed(before, new State(stamp, isSettled, hash, null, new KeelsonException(e.Kind, $"read {what} from {path}: {e.Message}")));
            }
        }
        catch (LinuxException e)
        {
            return Failed(before, new State(stamp, false, null, null, new KeelsonException(e.Kind, $"read {what} from {path}: {e.Errno.Describe()}")));
        }
    }

    private State Failed(State? before, State now)
    {
        if (before is not null && before.Error?.Message != now.Error!.Message && log is not null) AuthMessages.FileNotUsable(log, now.Error.Message);
        return now;
    }

    private sealed record State(Stamp Stamp, bool IsSettled, byte[]? Hash, T? Value, KeelsonException? Error);

    private readonly record struct Stamp(ulong Device, ulong Inode, long Size, long ModifySeconds, long ModifyNanoseconds, long ChangeSeconds, long ChangeNanoseconds)
    {
        public static Stamp Of(in FileStatus s) => new(s.Device, s.Inode, s.Size, s.ModifySeconds, s.ModifyNanoseconds, s.ChangeSeconds, s.ChangeNanoseconds);
    }
}
