using Keelson.Linux;

namespace Keelson.Snapshots;

/// <summary>A snapshot mounted for a moment, to be read or filled by this process. A diff service works on such mounts.</summary>
/// <remarks>
/// A single mount is attached nowhere: nobody else sees it, and nothing is left of it when the process is killed. A longer list needs a directory, which is
/// made below the directory for temporary files.
/// </remarks>
public sealed class TemporaryMount : IDisposable
{
    private readonly FdHandle? detached;
    private readonly string? directory;

    private TemporaryMount(FdHandle? detached, string? directory)
    {
        this.detached = detached;
        this.directory = directory;
    }

    /// <summary>The root of the tree. Valid in this process until this is disposed.</summary>
    public string Path => directory ?? detached!.ProcPath;

    /// <summary>Mounts a list.</summary>
    /// <param name="mounts">What a snapshotter answered.</param>
    /// <inheritdoc cref="MountSet.Mount" path="/exception"/>
    public static TemporaryMount Open(IReadOnlyList<Mount> mounts)
    {
        if (mounts.Count == 1 && mounts[0].Target.Length == 0) return new(MountSet.MakeDetached(mounts[0]), null);
        string directory = System.IO.Directory.CreateTempSubdirectory("keelson-mount-").FullName;
        try
        {
            MountSet.Mount(mounts, directory);
            return new(null, directory);
        }
        catch
        {
            System.IO.Directory.Delete(directory);
            throw;
        }
    }

    /// <summary>Takes the mount away; who still has a file of it open keeps it until then.</summary>
    public void Dispose()
    {
        detached?.Dispose();
        if (directory is null || !System.IO.Directory.Exists(directory)) return;
        MountSet.Unmount(directory, isLazy: true);
        System.IO.Directory.Delete(directory);
    }
}
