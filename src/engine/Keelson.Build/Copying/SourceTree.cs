using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Build;

/// <summary>A tree that files are copied from: the context, or an image. Links in it lead nowhere outside.</summary>
/// <param name="root">Its root; it belongs to the caller.</param>
/// <param name="isContext">Whether it is the context, in whose words errors are told.</param>
internal sealed class SourceTree(FdHandle root, bool isContext)
{
    private readonly Dictionary<string, string> hashes = new(StringComparer.Ordinal);

    /// <summary>The root.</summary>
    public FdHandle Root => root;

    /// <summary>What one word of COPY or ADD is about.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such file. InvalidArgument: it lies outside.</exception>
    public IReadOnlyList<SourceFile> Find(string word, CancellationToken cancel)
    {
        string path = Clean(word);
        if (path == ".." || path.StartsWith("../", StringComparison.Ordinal))
        {
            if (isContext) throw new KeelsonException(ErrorKind.InvalidArgument, $"forbidden path outside the build context: {word} ()");
            path = string.Join('/', path.Split('/').Where(part => part != ".."));
        }
        if (!HasWildcard(word)) return [Exactly(path, cancel)];
        PathPattern pattern = PathPattern.Parse(path, hasAnyDepth: false);
        List<SourceFile> found = [];
        Walk(root.Fd, "", name =>
        {
            if (pattern.Matches(name)) found.Add(Exactly(name, cancel));
        }, cancel);
        return found;
    }

    /// <summary>Opens something below the root, to look at it or to read it.</summary>
    public Errno TryOpen(string path, OpenFlags flags, out FdHandle? file) => TryOpen(root, path, flags, out file);

    /// <inheritdoc cref="TryOpen(string, OpenFlags, out FdHandle?)"/>
    public static Errno TryOpen(FdHandle root, string path, OpenFlags flags, out FdHandle? file) =>
        Files.TryOpenAt2(root.Fd, path.Length == 0 ? "." : path, flags, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out file);

    /// <summary>A path without empty components, <c>.</c>, and <c>..</c> that another takes back. A leading slash means nothing.</summary>
    public static string Clean(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part == ".." && parts.Count > 0 && parts[^1] != "..") parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }
        return string.Join('/', parts);
    }

    private static bool HasWildcard(string word)
    {
        for (int i = 0; i < word.Length; i++)
        {
            if (word[i] == '\\') i++;
            else if (word[i] is '*' or '?' or '[') return true;
        }
        return false;
    }

    /// <summary>The file at a path.</summary>
    public SourceFile Exactly(string path, CancellationToken cancel)
    {
        Errno errno = TryOpen(path, OpenFlags.O_PATH, out FdHandle? file);
        if (errno is Errno.ENOENT or Errno.ENOTDIR)
            throw new KeelsonException(ErrorKind.NotFound, $"file not found in build context or excluded by .dockerignore: stat {path}: file does not exist");
        errno.ThrowIfError("open", path);
        using (file)
        {
            Files.TryStatus(file!.Fd, out FileStatus status).ThrowIfError("stat", path);
            if (hashes.TryGetValue(path, out string? known)) return new(root, path, known);
            string hash = status.IsDirectory ? "dir:" + OfDirectory(path, cancel) : "file:" + OfFile(path, path, status, cancel);
            hashes[path] = hash;
            return new(root, path, hash);
        }
    }

    private string OfDirectory(string path, CancellationToken cancel)
    {
        Errno errno = TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out FdHandle? directory);
        errno.ThrowIfError("open", path);
        using (directory)
        {
            List<string> lines = [];
            Walk(directory!.Fd, "", name =>
            {
                Errno found = Files.TryStatus(name, out FileStatus status, followLink: false, directory.Fd);
                found.ThrowIfError("stat", name);
                lines.Add(OfEntry(directory, name, status, cancel));
            }, cancel);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        }
    }

    /// <summary>The digest of a file that a path leads to, links followed.</summary>
    private string OfFile(string path, string name, in FileStatus status, CancellationToken cancel)
    {
        using IncrementalHash hash = Header(name, status, "");
        if ((status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFREG) return Convert.ToHexStringLower(hash.GetHashAndReset());
        TryOpen(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out FdHandle? file).ThrowIfError("open", path);
        using (file) Contents(hash, file!, name, cancel);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The digest of an entry of a directory, which is what it is.</summary>
    private static string OfEntry(FdHandle directory, string name, in FileStatus status, CancellationToken cancel)
    {
        string target = "";
        if (status.IsSymbolicLink) Files.TryReadLink(name, out target, directory.Fd).ThrowIfError("read link", name);
        using IncrementalHash hash = Header(name, status, target);
        if ((status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG)
        {
            Files.TryOpenAt2(directory.Fd, name, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS, out FdHandle? file).ThrowIfError("open", name);
            using (file) Contents(hash, file!, name, cancel);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What counts of a file besides its contents: all but times.</summary>
    private static IncrementalHash Header(string name, in FileStatus status, string target)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFREG ? status.Size : 0;
        ulong device = (status.Mode & FileStatus.S_IFMT) is FileStatus.S_IFCHR or FileStatus.S_IFBLK ? status.NodeDevice : 0;
        string text = string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(name)}:{name} {status.Mode} {status.Uid} {status.Gid} {size} {device} {Encoding.UTF8.GetByteCount(target)}:{target}\n");
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        return hash;
    }

    private static void Contents(IncrementalHash hash, FdHandle file, string name, CancellationToken cancel)
    {
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(128 << 10);
        try
        {
            while (true)
            {
                cancel.ThrowIfCancellationRequested();
                Files.TryRead(file.Fd, buffer, out int count).ThrowIfError("read", name);
                if (count == 0) break;
                hash.AppendData(buffer.AsSpan(0, count));
            }
            Span<byte> attribute = stackalloc byte[1024], length = stackalloc byte[4];
            if (Files.TryGetAttribute(file.Fd, "security.capability\0"u8, attribute, out int size) != Errno.None) return;
            BinaryPrimitives.WriteInt32LittleEndian(length, size);
            hash.AppendData(length);
            hash.AppendData(attribute[..size]);
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Tells of everything below a directory, in the order of names, a directory before what is in it.</summary>
    private static void Walk(int directory, string prefix, Action<string> found, CancellationToken cancel, int depth = 0)
    {
        if (depth > CopyLimits.MostNested) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {prefix}: it is nested more than {CopyLimits.MostNested} deep");
        string here = prefix.Length == 0 ? "." : prefix;
        Directories.TryListNames(here, out List<string> names, directory).ThrowIfError("list", here);
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names)
        {
            cancel.ThrowIfCancellationRequested();
            string path = prefix.Length == 0 ? name : prefix + "/" + name;
            found(path);
            if (Files.TryStatus(path, out FileStatus status, followLink: false, directory) == Errno.None && status.IsDirectory) Walk(directory, path, found, cancel, depth + 1);
        }
    }
}
