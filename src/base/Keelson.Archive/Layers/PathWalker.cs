using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>Finds a directory below the root one component at a time, and makes those that are missing.</summary>
/// <remarks>
/// No call follows a link. A link is read, and its text takes its place in the path; <c>..</c> goes back to a descriptor that is still open, at the root
/// it stays; a leading slash goes to the root. So no change of the tree meanwhile leads outside.
/// </remarks>
internal sealed class PathWalker(int root, ExtractOptions options)
{
    /// <summary>Most links on one way, as the kernel's.</summary>
    private const int MostLinks = 40;

    private const OpenFlags DirectoryFlags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY;

    /// <summary>A directory on the way from the root.</summary>
    private readonly record struct Step(FdHandle Handle, byte[] NameZ, FileTime Access, FileTime Modify, bool IsTouched);

    /// <summary>Opens the directory at a path.</summary>
    /// <param name="path">Below the root, without a zero byte.</param>
    /// <param name="create">Whether to make what is missing; with overlayfs also what is whited out.</param>
    /// <param name="handle">Owned by the caller.</param>
    /// <returns>ENOENT: missing. ENOTDIR: a file is in the way. ELOOP: too many links.</returns>
    public Errno TryOpen(ReadOnlySpan<byte> path, bool create, out FdHandle? handle)
    {
        List<Step> steps = [];
        Stack<byte[]> pending = [];
        Push(pending, path);
        int links = 0;
        Errno errno = Errno.None;
        handle = null;
        try
        {
            while (errno == Errno.None && pending.TryPop(out byte[]? name))
            {
                if (name is [(byte)'.', 0]) continue;
                if (name is [(byte)'.', (byte)'.', 0])
                {
                    if (steps.Count > 0) Leave(steps);
                    continue;
                }
                errno = Entries.TryOpen(Current(steps), name, DirectoryFlags, out FdHandle? next);
                if (errno is Errno.ENOTDIR or Errno.ELOOP) errno = Follow(steps, pending, name, ref links, create, ref next);
                else if (errno == Errno.ENOENT && create) errno = Make(steps, name, out next);
                if (next is not null) errno = Enter(steps, name, next);
            }
            if (errno != Errno.None) return errno;
            if (steps.Count == 0) return Files.TryDuplicate(root, out handle);
            while (steps.Count > 1) Leave(steps, steps.Count - 2);
            Restore(steps[0]);
            handle = steps[0].Handle;
            steps.Clear();
            return Errno.None;
        }
        finally
        {
            while (steps.Count > 0) Leave(steps);
        }
    }

    private Errno Follow(List<Step> steps, Stack<byte[]> pending, byte[] name, ref int links, bool create, ref FdHandle? next)
    {
        Span<byte> target = stackalloc byte[4096];
        Errno errno = Entries.TryReadLink(Current(steps), name, target, out int length);
        if (errno == Errno.None)
        {
            if (++links > MostLinks) return Errno.ELOOP;
            if (target[0] == '/')
                while (steps.Count > 0) Leave(steps);
            Push(pending, target[..length]);
            return Errno.None;
        }
        if (errno != Errno.EINVAL) return errno;
        if (!create || !options.IsOverlay || !Overlay.IsWhiteout(Current(steps), name)) return Errno.ENOTDIR;
        // What the layer itself has whited out comes back empty.
        errno = Entries.TryUnlink(Current(steps), name);
        if (errno == Errno.None) errno = Make(steps, name, out next);
        return errno == Errno.None ? Overlay.TrySetOpaque(next!.Fd, options.Whiteouts) : errno;
    }

    private Errno Make(List<Step> steps, byte[] name, out FdHandle? made)
    {
        made = null;
        if (steps.Count > 0) steps[^1] = steps[^1] with { IsTouched = true };
        Errno errno = Entries.TryMakeDirectory(Current(steps), name, 0b111_000_000);
        // EEXIST: somebody else was faster; it is taken as any other.
        if (errno is not (Errno.None or Errno.EEXIST)) return errno;
        bool isOurs = errno == Errno.None;
        errno = Entries.TryOpen(Current(steps), name, DirectoryFlags, out made);
        if (errno == Errno.None && isOurs) errno = Dress(steps, name, made!.Fd);
        return errno;
    }

    /// <summary>Gives a new directory what it has in a lower tree, or what a directory of nobody has.</summary>
    private Errno Dress(List<Step> steps, byte[] name, int made)
    {
        byte[] path = [.. steps.SelectMany(step => (byte[])[.. step.NameZ.AsSpan(0, step.NameZ.Length - 1), (byte)'/']), .. name];
        foreach (FdHandle lower in options.Lowers)
        {
            Errno found = new PathWalker(lower.Fd, options).TryOpen(path.AsSpan(0, path.Length - 1), create: false, out FdHandle? model);
            if (found == Errno.ENOENT) continue;
            if (found != Errno.None) break;
            using (model)
            {
                Errno errno = Files.TryStatus(model!.Fd, out FileStatus status);
                if (errno == Errno.None && options.ChangesOwner) errno = Files.TryChangeOwner(made, status.Uid, status.Gid);
                if (errno == Errno.None) errno = Files.TryChangeMode(made, status.Mode & 0xfff);
                if (errno == Errno.None) errno = Overlay.TryCopyAttributes(model.Fd, made);
                return errno == Errno.None ? Files.TrySetTimes(made, new(status.AccessSeconds, status.AccessNanoseconds), new(status.ModifySeconds, status.ModifyNanoseconds)) : errno;
            }
        }
        Errno result = Files.TryChangeMode(made, 0b111_101_101);
        if (result == Errno.None && options.ChangesOwner && (options.UidMap.Count > 0 || options.GidMap.Count > 0))
            result = Files.TryChangeOwner(made, IdRange.ToOutside(options.UidMap, 0) ?? uint.MaxValue, IdRange.ToOutside(options.GidMap, 0) ?? uint.MaxValue);
        return result;
    }

    private static Errno Enter(List<Step> steps, byte[] name, FdHandle next)
    {
        Errno errno = Files.TryStatus(next.Fd, out FileStatus status);
        if (errno == Errno.None) steps.Add(new(next, name, new(status.AccessSeconds, status.AccessNanoseconds), new(status.ModifySeconds, status.ModifyNanoseconds), false));
        else next.Dispose();
        return errno;
    }

    private static void Leave(List<Step> steps, int index = -1)
    {
        if (index < 0) index = steps.Count - 1;
        Restore(steps[index]);
        steps[index].Handle.Dispose();
        steps.RemoveAt(index);
    }

    // A time that cannot be set back is no reason to fail: the directory is the caller's, and open for changes.
    private static void Restore(Step step)
    {
        if (step.IsTouched) _ = Files.TrySetTimes(step.Handle.Fd, step.Access, step.Modify);
    }

    private int Current(List<Step> steps) => steps.Count > 0 ? steps[^1].Handle.Fd : root;

    private static void Push(Stack<byte[]> pending, ReadOnlySpan<byte> path)
    {
        for (int end = path.Length; end > 0;)
        {
            int slash = path[..end].LastIndexOf((byte)'/');
            if (slash + 1 < end) pending.Push([.. path[(slash + 1)..end], 0]);
            end = Math.Max(slash, 0);
        }
    }
}
