using System.IO.Pipelines;
using System.Text;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Containers;

/// <summary>One file of a container, held by the directory that it is in: nobody can exchange it for something outside.</summary>
/// <remarks>CVE-2018-15664: between the look at a path and its use, a process of the container may put a link there. Here the path is used once.</remarks>
internal sealed class ContainerFiles : IDisposable
{
    private readonly RootView view;
    private readonly FdHandle parent;
    private readonly string name, shown;

    private ContainerFiles(RootView view, FdHandle parent, string name, string shown, MountPoint? point)
    {
        this.view = view;
        this.parent = parent;
        this.name = name;
        this.shown = shown;
        Point = point;
    }

    /// <summary>What is mounted where the file is; <see langword="null"/> for the root itself.</summary>
    public MountPoint? Point { get; }

    /// <summary>Finds a file. Its last component is not followed, unless a slash comes behind it.</summary>
    /// <param name="view">The root; owned by the result, and closed when there is no such file.</param>
    /// <param name="path">The file as a client names it.</param>
    /// <param name="container">The container.</param>
    /// <param name="isMounted">Whether the view shows what is mounted; otherwise it is what is mounted at the path.</param>
    /// <exception cref="KeelsonException">NotFound.</exception>
    public static ContainerFiles Open(RootView view, string path, ContainerInfo container, bool isMounted)
    {
        try
        {
            MountPoint? point = PointOf(container, path);
            string inside = PathText.Clean(path);
            string below = isMounted || point is null or { Source.Length: 0 } ? inside : inside[point.Destination.Length..];
            bool follows = path.EndsWith('/') || path.EndsWith("/.", StringComparison.Ordinal);
            int slash = below.LastIndexOf('/');
            string last = below[(slash + 1)..], shown = path.EndsWith("/.", StringComparison.Ordinal) ? "." : last.Length > 0 ? last : inside == "/" ? "/" : inside[(inside.LastIndexOf('/') + 1)..];
            bool isItself = last.Length == 0 || follows;
            FdHandle parent = view.Find(isItself ? below : below[..Math.Max(slash, 0)], OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY) ?? throw Missing(container, path);
            ContainerFiles files = new(view, parent, isItself ? "." : last, shown, point);
            if (!isItself && Entries.TryStatus(parent.Fd, Encoding.UTF8.GetBytes(last + "\0"), out _) != Errno.None)
            {
                parent.Dispose();
                throw Missing(container, path);
            }
            return files;
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    /// <summary>What is mounted at a path or above it, as far as the text of the path says.</summary>
    public static MountPoint? PointOf(ContainerInfo container, string path)
    {
        string clean = PathText.Clean(path);
        return container.Mounts.Where(point => clean == point.Destination || clean.StartsWith(point.Destination + "/", StringComparison.Ordinal)).MaxBy(point => point.Destination.Length);
    }

    /// <summary>What the file is.</summary>
    public PathStatus Status()
    {
        Errno errno = Entries.TryStatus(parent.Fd, Encoding.UTF8.GetBytes(name + "\0"), out FileStatus status);
        errno.ThrowIfError("stat in the container", shown);
        string target = "";
        if (status.IsSymbolicLink) Files.TryReadLink(name, out target, parent.Fd).ThrowIfError("read link in the container", shown);
        return new(shown, status.Size, status.Mode, DateTimeOffset.FromUnixTimeSeconds(status.ModifySeconds).AddTicks(status.ModifyNanoseconds / 100), target);
    }

    /// <summary>The directory that the path names.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public FdHandle OpenDirectory()
    {
        Errno errno = Files.TryOpen(name, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, out FdHandle? directory, directory: parent.Fd);
        if (errno is Errno.ENOTDIR or Errno.ELOOP) throw new KeelsonException(ErrorKind.InvalidArgument, "extraction point is not a directory");
        errno.ThrowIfError("open in the container", shown);
        return directory!;
    }

    /// <summary>Writes the file and all below it as a tar archive, and closes everything.</summary>
    public void Write(PipeWriter writer, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            using Stream stream = writer.AsStream(leaveOpen: true);
            LayerDiff.WriteEntry(parent, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(shown), stream, new() { Compression = CompressionKind.None, KeepsSubSeconds = true }, cancel);
        }
        catch (Exception e)
        {
            failure = e;
        }
        // Who reads hears why it is not whole.
        writer.Complete(failure);
        Dispose();
    }

    public void Dispose()
    {
        parent.Dispose();
        view.Dispose();
    }

    private static KeelsonException Missing(ContainerInfo container, string path) => new(ErrorKind.NotFound, $"Could not find the file {path} in container {container.Name}");
}
