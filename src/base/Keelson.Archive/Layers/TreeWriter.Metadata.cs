using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

internal sealed partial class TreeWriter
{
    private const uint PermissionBits = 0xfff;

    /// <summary>Owner, mode and attributes of an open file or directory. What is right already costs no call.</summary>
    private void Dress(TarEntry entry, int fd, in FileStatus status)
    {
        uint mode = status.Mode & PermissionBits;
        if (options.ChangesOwner)
        {
            (uint uid, uint gid) = Owner(entry);
            if (uid != status.Uid || gid != status.Gid)
            {
                Files.TryChangeOwner(fd, uid, gid).ThrowIfError("change the owner");
                // It takes away set-user-ID and, for some modes, set-group-ID.
                mode = uint.MaxValue;
            }
        }
        if (mode != (entry.Mode & PermissionBits)) Files.TryChangeMode(fd, entry.Mode & PermissionBits).ThrowIfError("change the mode");
        foreach (TarAttribute attribute in entry.Attributes)
            if (AttributeName(attribute) is { IsEmpty: false } name)
                Count(Files.TrySetAttribute(fd, name, attribute.Value.Span), attribute);
    }

    /// <summary>Owner, mode, attributes and times of an entry that is not opened.</summary>
    private void DressNode(TarEntry entry, bool hasMode)
    {
        int parent = directories.Get(path.Parent).Fd;
        if (options.ChangesOwner)
        {
            (uint uid, uint gid) = Owner(entry);
            Entries.TryChangeOwner(parent, path.BaseZ, uid, gid).ThrowIfError("change the owner");
        }
        if (hasMode) Entries.TryChangeMode(parent, path.BaseZ, entry.Mode & PermissionBits).ThrowIfError("change the mode");
        foreach (TarAttribute attribute in entry.Attributes)
            if (AttributeName(attribute) is { IsEmpty: false } name)
                Count(Entries.TrySetAttribute(parent, path.BaseZ, name, attribute.Value.Span), attribute);
        (FileTime access, FileTime modify) = Times(entry);
        Entries.TrySetTimes(parent, path.BaseZ, access, modify).ThrowIfError("set the times");
    }

    private (uint Uid, uint Gid) Owner(TarEntry entry) =>
        (IdRange.ToOutside(options.UidMap, entry.Uid) ?? throw Refused($"the owner {entry.Uid} has no place in the map of user IDs"),
            IdRange.ToOutside(options.GidMap, entry.Gid) ?? throw Refused($"the group {entry.Gid} has no place in the map of group IDs"));

    /// <summary>The name with a zero byte; empty when a layer may not set it.</summary>
    private ReadOnlySpan<byte> AttributeName(TarAttribute attribute)
    {
        ReadOnlySpan<byte> name = attribute.Name.Span;
        // With these a layer could make overlayfs show what lies elsewhere (redirect, metacopy).
        if (Overlay.IsOwnAttribute(name))
        {
            SkippedAttributes++;
            return [];
        }
        if (zeroed.Length <= name.Length) zeroed = new byte[name.Length * 2];
        name.CopyTo(zeroed);
        zeroed[name.Length] = 0;
        return zeroed.AsSpan(0, name.Length + 1);
    }

    private void Count(Errno errno, TarAttribute attribute)
    {
        // trusted.* belongs to the machine's administrator: in a user namespace nobody may set it.
        if (errno == Errno.EOPNOTSUPP || (errno == Errno.EPERM && attribute.Name.Span.StartsWith("trusted."u8))) SkippedAttributes++;
        else errno.ThrowIfError("set the attribute", ArchiveText.Show(attribute.Name.Span));
    }

    /// <summary>The access time is the later of the two, as containerd's: an access before the last change says nothing.</summary>
    private static (FileTime Access, FileTime Modify) Times(TarEntry entry) =>
        (entry.AccessTime is { } access && access > entry.ModifyTime ? access : entry.ModifyTime, entry.ModifyTime);
}
