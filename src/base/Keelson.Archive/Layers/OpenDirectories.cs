using System.Diagnostics.CodeAnalysis;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>The directories that entries are put into, kept open.</summary>
/// <remarks>
/// <para>
/// Every change is made relative to the descriptor of a directory that was found below the root, by the kernel's own rules (openat2(2)) or
/// component by component without following a link (<see cref="PathWalker"/>). Nothing that happens to the tree later moves the descriptor.
/// </para>
/// <para>
/// The times of a directory change with each entry that is made in it. They are noted when it is opened and set back when it is closed,
/// so that no list of all directories is needed.
/// </para>
/// </remarks>
internal sealed class OpenDirectories : IDisposable
{
    /// <summary>Most directories kept open: many layers are not sorted, and come back to a directory again and again.</summary>
    private const int MostOpen = 1024;

    private const OpenFlags DirectoryFlags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY;

    private readonly Dictionary<byte[], LinkedListNode<OpenDirectory>> byPath = new(PathComparer.Instance);
    private readonly Dictionary<byte[], LinkedListNode<OpenDirectory>>.AlternateLookup<ReadOnlySpan<byte>> lookup;
    private readonly Dictionary<(ulong, ulong), LinkedListNode<OpenDirectory>> byIdentity = [];
    private readonly LinkedList<OpenDirectory> byUse = [];
    private readonly OpenDirectory root;
    private readonly PathWalker walker;
    private readonly int mostOpen;
    private byte[] pathZ = new byte[4096];
    private bool canOpenAt2, hasFollowedLinks;

    public OpenDirectories(FdHandle root, ExtractOptions options, int mostOpen = MostOpen)
    {
        lookup = byPath.GetAlternateLookup<ReadOnlySpan<byte>>();
        canOpenAt2 = options.UsesOpenAt2;
        this.mostOpen = mostOpen;
        Entries.TryOpen(root.Fd, ".\0"u8, DirectoryFlags, out FdHandle? handle).ThrowIfError("open the root");
        Files.TryStatus(handle!.Fd, out FileStatus status).ThrowIfError("stat the root");
        this.root = new OpenDirectory(handle, status);
        walker = new PathWalker(this.root.Fd, options);
    }

    /// <summary>The root itself.</summary>
    public OpenDirectory Root => root;

    /// <summary>The directory at a path, made with those above it when it is missing. Valid until <see cref="Forget"/>, or until two others are asked for.</summary>
    /// <exception cref="LinuxException">ENOTDIR: a file is in the way. ELOOP: links go round in circles.</exception>
    public OpenDirectory Get(ReadOnlySpan<byte> path)
    {
        Errno errno = TryGet(path, create: true, out OpenDirectory? directory);
        errno.ThrowIfError("open the directory", ArchiveText.Show(path));
        return directory!;
    }

    /// <summary>The directory at a path.</summary>
    public Errno TryGet(ReadOnlySpan<byte> path, bool create, [NotNullWhen(true)] out OpenDirectory? directory)
    {
        directory = root;
        if (path.IsEmpty) return Errno.None;
        if (lookup.TryGetValue(path, out LinkedListNode<OpenDirectory>? node))
        {
            if (byUse.First != node)
            {
                byUse.Remove(node);
                byUse.AddFirst(node);
            }
            directory = node.Value;
            return Errno.None;
        }
        Errno errno = TryOpen(path, create, out FdHandle? handle);
        if (errno == Errno.EMFILE && byUse.Count > 0)
        {
            // The process may open less than is kept here.
            Forget();
            errno = TryOpen(path, create, out handle);
        }
        directory = errno == Errno.None ? Keep(path, handle!) : null;
        return errno;
    }

    /// <summary>A symbolic link is gone: paths that were found through one may lead elsewhere now.</summary>
    public void LinkIsGone()
    {
        if (hasFollowedLinks) Forget();
    }

    /// <summary>Closes all but the root, after a directory is gone.</summary>
    public void Forget()
    {
        while (byUse.Last is { } node) Close(node);
        hasFollowedLinks = false;
    }

    /// <summary>Closes all, and sets the last times.</summary>
    public void Finish()
    {
        Forget();
        root.Close();
    }

    /// <summary>Closes all after a failure, without more errors.</summary>
    public void Dispose()
    {
        foreach (OpenDirectory directory in byUse) directory.Handle.Dispose();
        byUse.Clear();
        root.Handle.Dispose();
    }

    private Errno TryOpen(ReadOnlySpan<byte> path, bool create, out FdHandle? handle)
    {
        // One component below a directory at hand cannot lead out of it.
        int slash = path.LastIndexOf((byte)'/');
        OpenDirectory? parent = slash < 0 ? root : lookup.TryGetValue(path[..slash], out LinkedListNode<OpenDirectory>? node) ? node.Value : null;
        if (parent is not null && Entries.TryOpen(parent.Fd, Zeroed(path[(slash + 1)..]), DirectoryFlags, out handle) == Errno.None) return Errno.None;
        if (canOpenAt2)
        {
            ReadOnlySpan<byte> name = Zeroed(path);
            Errno errno = Entries.TryOpenAt2(root.Fd, name, DirectoryFlags, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS, out handle);
            if (errno == Errno.ELOOP)
            {
                hasFollowedLinks = true;
                errno = Entries.TryOpenAt2(root.Fd, name, DirectoryFlags, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out handle);
            }
            if (errno == Errno.None) return Errno.None;
            if (errno is Errno.ENOSYS or Errno.EPERM) canOpenAt2 = false;
        }
        // By steps: where openat2 is missing, and for what has to be made.
        hasFollowedLinks = true;
        root.IsTouched |= create;
        return walker.TryOpen(path, create, out handle);
    }

    private OpenDirectory Keep(ReadOnlySpan<byte> path, FdHandle handle)
    {
        Files.TryStatus(handle.Fd, out FileStatus status).ThrowIfError("stat the directory", ArchiveText.Show(path));
        if ((status.Device, status.Inode) == root.Identity)
        {
            handle.Dispose();
            return root;
        }
        byte[] key = path.ToArray();
        if (byIdentity.TryGetValue((status.Device, status.Inode), out LinkedListNode<OpenDirectory>? known))
        {
            // Two notes of its times would undo each other.
            handle.Dispose();
            byUse.Remove(known);
            byUse.AddFirst(known);
        }
        else
        {
            if (byUse.Count >= mostOpen) Close(byUse.Last!);
            known = byUse.AddFirst(new OpenDirectory(handle, status));
            byIdentity.Add(known.Value.Identity, known);
        }
        known.Value.Paths.Add(key);
        byPath.Add(key, known);
        return known.Value;
    }

    private void Close(LinkedListNode<OpenDirectory> node)
    {
        foreach (byte[] path in node.Value.Paths) byPath.Remove(path);
        byIdentity.Remove(node.Value.Identity);
        byUse.Remove(node);
        node.Value.Close();
    }

    private ReadOnlySpan<byte> Zeroed(ReadOnlySpan<byte> path)
    {
        if (pathZ.Length <= path.Length) pathZ = new byte[path.Length * 2];
        path.CopyTo(pathZ);
        pathZ[path.Length] = 0;
        return pathZ.AsSpan(0, path.Length + 1);
    }

    /// <summary>Compares paths by their bytes.</summary>
    private sealed class PathComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly PathComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] path) => GetHashCode((ReadOnlySpan<byte>)path);

        public byte[] Create(ReadOnlySpan<byte> path) => path.ToArray();

        public bool Equals(ReadOnlySpan<byte> path, byte[] other) => path.SequenceEqual(other);

        // Seeded anew in every process, so that no archive can aim at collisions.
        public int GetHashCode(ReadOnlySpan<byte> path)
        {
            HashCode hash = new();
            hash.AddBytes(path);
            return hash.ToHashCode();
        }
    }
}
