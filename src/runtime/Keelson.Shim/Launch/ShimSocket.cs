using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim.Launch;

/// <summary>Where shims listen.</summary>
internal static class ShimSocket
{
    /// <summary>Directory of the sockets unless <c>KEELSON_SHIM_SOCKETS</c> names another; containerd 1.6 uses the same.</summary>
    public const string DefaultDirectory = "/run/containerd/s";

    private const uint DirectoryMode = 0b111_001_001;

    /// <summary>The socket of a group of containers.</summary>
    /// <param name="address">Socket of the daemon.</param>
    /// <param name="name">Namespace of the containers.</param>
    /// <param name="group">What they have in common.</param>
    public static string PathFor(string address, string name, string group) =>
        Directory + "/" + Convert.ToHexStringLower(Sha256.Hash(Encoding.UTF8.GetBytes($"{address}/{name}/{group}")));

    /// <summary>The directory.</summary>
    public static string Directory => Environment.GetEnvironmentVariable("KEELSON_SHIM_SOCKETS") is { Length: > 0 } place ? place.TrimEnd('/') : DefaultDirectory;

    /// <summary>Makes the directory when it is missing, and locks it: who holds the lock is the only one who starts a shim.</summary>
    /// <returns>The lock, which lasts until it is disposed.</returns>
    /// <exception cref="LinuxException">It could not be made.</exception>
    public static FdHandle Lock()
    {
        string directory = Directory;
        Files.TryMakeDirectories(directory, DirectoryMode).ThrowIfError("mkdir", directory);
        FdHandle handle = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Files.TryLock(handle.Fd, LockOperation.Exclusive).ThrowIfError("lock", directory);
        return handle;
    }
}
