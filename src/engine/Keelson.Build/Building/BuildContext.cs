using System.Text;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Build;

/// <summary>The files that a build may copy, and its Dockerfile.</summary>
public sealed class BuildContext : IDisposable
{
    private readonly FdHandle root;

    private BuildContext(FdHandle root)
    {
        this.root = root;
        Tree = new(root, isContext: true);
    }

    /// <summary>The files.</summary>
    internal SourceTree Tree { get; }

    /// <summary>Unpacks an archive: tar, plain or compressed as far as there is somebody to open it.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="directory">An existing directory for it.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">The archive is damaged, or breaks a rule: names that lead out, device nodes.</exception>
    public static async Task<BuildContext> UnpackAsync(Stream archive, string directory, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        BuildContext context = Open(directory);
        try
        {
            // Clients that change an archive on its way leave its end out; one that is cut off within a file is refused all the same.
            Stream plain = await ArchiveFile.OpenAsync(archive, cancel).ConfigureAwait(false)
                ?? throw new KeelsonException(ErrorKind.Unsupported, "unpack the build context: it is compressed by bzip2 or xz, and this machine has no program of that name");
            await using (plain.ConfigureAwait(false))
                await LayerExtractor.ExtractAsync(plain, context.root, new() { ChangesOwner = false, Devices = DeviceRule.Refuse, Whiteouts = WhiteoutMode.None, Limits = new() { AllowsMissingEnd = true } }, cancel).ConfigureAwait(false);
            return context;
        }
        catch (ArchiveException e)
        {
            context.Dispose();
            throw new KeelsonException(ErrorKind.InvalidArgument, "unpack the build context", e);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Makes a context of a Dockerfile alone.</summary>
    public static BuildContext Of(ReadOnlySpan<byte> dockerfile, string directory)
    {
        BuildContext context = Open(directory);
        Files.WriteFile("Dockerfile", dockerfile, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0b110_100_100, context.root.Fd);
        return context;
    }

    /// <summary>Takes a directory of files as it is.</summary>
    public static BuildContext Open(string directory) => new(Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY));

    /// <summary>The text of the Dockerfile. It, and <c>.dockerignore</c>, are taken out of the context where the latter says so.</summary>
    /// <param name="name">Its path; empty for the usual one.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: it is empty or too long.</exception>
    public string TakeDockerfile(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string path = SourceTree.Clean(name.Length > 0 ? name : "Dockerfile");
        string? text = Read(path, Dockerfile.LimitBytes);
        if (text is null && name is "" or "Dockerfile") text = Read(path = "dockerfile", Dockerfile.LimitBytes);
        if (text is null) throw new KeelsonException(ErrorKind.NotFound, $"Cannot locate specified Dockerfile: {(name.Length > 0 ? name : "Dockerfile")}");
        if (text.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"the Dockerfile ({path}) cannot be empty");
        if (Read(".dockerignore", Dockerfile.LimitBytes) is { } ignored)
        {
            IgnoreList ignore = IgnoreList.Parse(ignored);
            foreach (string file in (ReadOnlySpan<string>)[path, ".dockerignore"])
                if (ignore.Excludes(file)) Remove(file);
        }
        return text;
    }

    /// <summary>Closes the directory. The files stay.</summary>
    public void Dispose() => root.Dispose();

    private string? Read(string path, int limitBytes)
    {
        Errno errno = Tree.TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? file);
        if (errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP) return null;
        errno.ThrowIfError("open in the build context", path);
        using (file)
        {
            Files.TryStatus(file!.Fd, out FileStatus status).ThrowIfError("stat in the build context", path);
            if ((status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFREG) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {path} of the build context: it is no file");
            if (status.Size > limitBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {path} of the build context: it is longer than {limitBytes} bytes");
            Files.TryReadAll(file.Fd, out ReadOnlyMemory<byte> contents, limitBytes).ThrowIfError("read in the build context", path);
            return Encoding.UTF8.GetString(contents.Span);
        }
    }

    private void Remove(string path)
    {
        int slash = path.LastIndexOf('/');
        Errno errno = Tree.TryOpen(slash < 0 ? "" : path[..slash], OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? folder);
        if (errno != Errno.None) return;
        using (folder)
            if (Files.TryUnlink(path[(slash + 1)..], folder!.Fd) is var removed && removed != Errno.ENOENT) removed.ThrowIfError("remove from the build context", path);
    }
}
