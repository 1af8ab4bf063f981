using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Notices that a group ran out of memory. Kernel documentation admin-guide/cgroup-v1/memory "OOM Control", cgroup-v2 "memory.events".</summary>
public sealed class OomEvents : IDisposable
{
    private readonly FdHandle handle;
    private readonly CgroupDirectory directory;
    private readonly FdHandle? control;
    private ulong seen;
    private bool changed;

    private OomEvents(CgroupDirectory directory, FdHandle handle, FdHandle? control)
    {
        this.directory = directory;
        this.handle = handle;
        this.control = control;
    }

    /// <summary>Becomes readable (POLLIN) when there is something to <see cref="Read"/>. It stays owned by this object.</summary>
    public int Fd => handle.Fd;

    /// <summary>Takes what happened since the last call. Does not wait.</summary>
    public OomNotice Read()
    {
        Span<byte> buffer = stackalloc byte[4096];
        Errno errno = Files.TryRead(handle.Fd, buffer, out int count);
        if (errno is not (Errno.None or Errno.EAGAIN)) throw new LinuxException("read out-of-memory notices of", directory.Path, errno);
        if (!directory.IsUnified)
        {
            // Removing the group signals the counter, too.
            if (directory.IsGone) return OomNotice.Removed;
            return count > 0 ? OomNotice.OutOfMemory : OomNotice.None;
        }
        if (directory.TryRead("memory.events", out ReadOnlyMemory<byte> events) != Errno.None) return OomNotice.Removed;
        changed |= count > 0;
        ulong kills = KeyedNumbers.Find(events.Span, "oom_kill"u8) ?? 0;
        if (kills > seen)
        {
            seen = kills;
            return OomNotice.OutOfMemory;
        }
        // A group that nobody has joined yet is empty, too, but nothing has changed in it.
        if (directory.TryRead("cgroup.events", out events) != Errno.None) return OomNotice.Removed;
        return changed && KeyedNumbers.Find(events.Span, "populated"u8) == 0 ? OomNotice.Removed : OomNotice.None;
    }

    /// <summary>Stops the notices.</summary>
    public void Dispose()
    {
        handle.Dispose();
        control?.Dispose();
    }

    internal static OomEvents OpenV1(CgroupDirectory directory)
    {
        FdHandle control = directory.Open("memory.oom_control", OpenFlags.O_RDONLY);
        Notices.TryOpenCounter(out FdHandle? counter).ThrowIfError("eventfd");
        Errno errno = directory.TryWrite("cgroup.event_control", $"{counter!.Fd} {control.Fd}");
        if (errno == Errno.None) return new OomEvents(directory, counter, control);
        counter.Dispose();
        control.Dispose();
        throw new LinuxException("write cgroup.event_control of", directory.Path, errno);
    }

    internal static OomEvents OpenV2(CgroupDirectory directory)
    {
        Notices.TryOpenWatcher(out FdHandle? watcher).ThrowIfError("inotify_init");
        foreach (string file in (ReadOnlySpan<string>)["memory.events", "cgroup.events"])
        {
            Errno errno = Notices.TryAddWatch(watcher!.Fd, directory.File(file), Notices.IN_MODIFY | Notices.IN_DELETE_SELF);
            if (errno == Errno.None) continue;
            watcher.Dispose();
            throw new LinuxException("watch", directory.File(file), errno);
        }
        OomEvents opened = new(directory, watcher!, null);
        if (directory.TryRead("memory.events", out ReadOnlyMemory<byte> events) == Errno.None) opened.seen = KeyedNumbers.Find(events.Span, "oom_kill"u8) ?? 0;
        return opened;
    }
}
