using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>Limits of volumes: each is a project of its own, where the file system below ROOT keeps limits of projects.</summary>
internal static class VolumeQuota
{
    /// <summary>Numbers of projects begin here, away from those that people choose.</summary>
    private const uint FirstProject = 0x4b00_0000;

    /// <summary>Limits what will be in an empty directory.</summary>
    /// <param name="name">The volume.</param>
    /// <param name="path">Its directory.</param>
    /// <param name="limitBytes">What its files may take.</param>
    /// <param name="taken">Projects of other volumes.</param>
    /// <returns>Its project.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: the file system keeps no such limits.</exception>
    public static uint Set(string name, string path, long limitBytes, IReadOnlySet<uint> taken)
    {
        using FdHandle directory = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        uint project = FirstProject;
        // One whose files are being removed is not given again.
        while (taken.Contains(project) || ProjectQuotas.TryGetLimit(directory.Fd, project, out _, out long used) == Errno.None && used > 0) project++;
        // The limit first: an error leaves the directory as it was.
        Check(name, path, "limit the project of", ProjectQuotas.TrySetLimit(directory.Fd, project, limitBytes));
        Check(name, path, "set the project of", ProjectQuotas.TrySetProject(directory.Fd, project));
        return project;
    }

    /// <summary>Takes the limit of a project away.</summary>
    /// <param name="path">Anything on the file system.</param>
    /// <param name="project">The project.</param>
    public static void Clear(string path, uint project)
    {
        using FdHandle directory = Files.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        ProjectQuotas.TrySetLimit(directory.Fd, project, 0).ThrowIfError("take the limit away from the project of", path);
    }

    private static void Check(string name, string path, string operation, Errno errno)
    {
        if (errno is Errno.ENOTTY or Errno.EOPNOTSUPP or Errno.ESRCH or Errno.ENOSYS or Errno.EINVAL or Errno.ENODEV)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create {name}: quota size requested but no quota support", new LinuxException(operation, path, errno));
        errno.ThrowIfError(operation, path);
    }
}
