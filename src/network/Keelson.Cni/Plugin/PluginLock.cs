using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cni.Plugin;

/// <summary>Lets one call after the other change what a directory describes. It goes with the process that has it.</summary>
internal static class PluginLock
{
    /// <summary>How long others are waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Takes it.</summary>
    /// <exception cref="CniException">TryAgainLater: others had it for too long.</exception>
    public static async Task<FdHandle> TakeAsync(string directory)
    {
        Files.TryMakeDirectories(directory, 0b111_000_000).ThrowIfError("make directory", directory);
        string path = directory + "/lock";
        FdHandle file = Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW, 0b110_000_000);
        try
        {
            if (Files.TryLock(file.Fd, LockOperation.Exclusive | LockOperation.NonBlocking) == Errno.None) return file;
            Errno errno = await Task.Run(() => Files.TryLock(file.Fd, LockOperation.Exclusive)).WaitAsync(Patience).ConfigureAwait(false);
            errno.ThrowIfError("lock", path);
            return file;
        }
        catch (TimeoutException e)
        {
            // The descriptor stays with the thread that waits, until this process ends.
            throw new CniException(CniErrorCode.TryAgainLater, $"lock {path}: another call has it for more than {Patience.TotalSeconds} s", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
