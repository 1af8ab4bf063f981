using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Writes what distinguishes one tree from another as a layer. image-spec 1.1 layer "Representing Changes".</summary>
/// <remarks>
/// The same trees give the same bytes: entries stand in the order of their names, whiteouts before what is new in a directory. Hard links between the files that are
/// written are kept; sockets are left out, as tar has none. Trees must not change meanwhile; a file that does is an error.
/// </remarks>
public static class LayerDiff
{
    /// <summary>Writes a whole tree, its root included.</summary>
    /// <param name="tree">The tree, open for reading. It stays the caller's.</param>
    /// <param name="target">Where the layer goes. It stays the caller's.</param>
    /// <param name="options">How; the defaults when left out.</param>
    /// <param name="cancellationToken">Stops between two entries or pieces.</param>
    /// <returns>Digests and sizes, as a descriptor and a config need them.</returns>
    /// <exception cref="ArchiveException">Something cannot be read or said in a layer; the message names it.</exception>
    public static LayerResult WriteTree(FdHandle tree, Stream target, DiffOptions? options = null, CancellationToken cancellationToken = default) =>
        Run(target, options ?? new(), writer => new TreeScan(writer, isOverlay: false, cancellationToken).Write(tree));

    /// <summary>Writes one entry of a directory under a name of the caller's, and all below it.</summary>
    /// <inheritdoc cref="WriteTree"/>
    /// <param name="directory">The directory; it stays the caller's.</param>
    /// <param name="name">The entry's name in it; <c>.</c> is the directory itself. A symbolic link is written as what it is.</param>
    /// <param name="path">Its name in the archive.</param>
    /// <param name="target">Where the archive goes. It stays the caller's.</param>
    /// <param name="options">How; the defaults when left out.</param>
    /// <param name="cancellationToken">Stops between two entries or pieces.</param>
    public static LayerResult WriteEntry(FdHandle directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path, Stream target, DiffOptions? options = null, CancellationToken cancellationToken = default)
    {
        byte[] nameZ = [.. name, 0], inside = path.ToArray();
        Errno errno = Entries.TryStatus(directory.Fd, nameZ, out FileStatus status);
        if (errno != Errno.None) throw TreeNames.Fault(inside, "stat", errno);
        return Run(target, options ?? new(), writer => new TreeScan(writer, isOverlay: false, cancellationToken).WriteEntry(inside, directory.Fd, nameZ, status));
    }

    /// <summary>Writes what an upper directory of overlayfs adds, changes and hides. Nothing else is read, so it takes no longer than the change is large.</summary>
    /// <inheritdoc cref="WriteTree"/>
    /// <param name="upper">The upper directory, open for reading, with whiteouts and opaque directories as overlayfs makes them.</param>
    /// <param name="target">Where the layer goes. It stays the caller's.</param>
    /// <param name="options">How; the defaults when left out.</param>
    /// <param name="cancellationToken">Stops between two entries or pieces.</param>
    /// <exception cref="ArchiveException">Unsupported: overlayfs was mounted with <c>redirect_dir</c> or <c>metacopy</c>, and the directory is no use without those below it.</exception>
    public static LayerResult WriteUpper(FdHandle upper, Stream target, DiffOptions? options = null, CancellationToken cancellationToken = default) =>
        Run(target, options ?? new(), writer => new TreeScan(writer, isOverlay: true, cancellationToken).Write(upper));

    /// <summary>Writes what has to be done to one tree so that it becomes another.</summary>
    /// <remarks>
    /// Two files are the same when type, mode, owner, device, attributes, size and time are. Where both times are whole seconds they may have been cut off, and
    /// contents decide: the rules of containerd. Directories that hold a change are listed too.
    /// </remarks>
    /// <inheritdoc cref="WriteTree"/>
    /// <param name="lower">The tree before, open for reading.</param>
    /// <param name="upper">The tree after, open for reading.</param>
    /// <param name="target">Where the layer goes. It stays the caller's.</param>
    /// <param name="options">How; the defaults when left out.</param>
    /// <param name="cancellationToken">Stops between two entries or pieces.</param>
    public static LayerResult Write(FdHandle lower, FdHandle upper, Stream target, DiffOptions? options = null, CancellationToken cancellationToken = default) =>
        Run(target, options ?? new(), writer => new DoubleWalk(writer, cancellationToken).Write(lower, upper));

    private static LayerResult Run(Stream target, DiffOptions options, Action<LayerWriter> write)
    {
        using HashingStream stored = new(target);
        using Stream compressed = Compression.OpenWrite(stored, options.Compression, options.Level);
        using HashingStream plain = new(compressed);
        BufferedStream buffered = new(plain, 128 << 10);
        LayerWriter writer = new(buffered, options);
        write(writer);
        writer.Finish();
        buffered.Flush();
        // Completes what is stored, which is hashed on the way.
        compressed.Dispose();
        return new(plain.Finish(), plain.Count, stored.Finish(), stored.Count, writer.Entries, 0);
    }
}
