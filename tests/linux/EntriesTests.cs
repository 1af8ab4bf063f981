using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.Linux.Tests;

/// <summary>Calls relative to an open directory, with names that are bytes.</summary>
public class EntriesTests
{
    private static readonly byte[] Name = [0xff, (byte)'x', 0];

    [Fact]
    public void A_name_that_is_not_UTF_8_is_made_listed_linked_and_removed()
    {
        string directory = TestDirectory.Make("entries");
        using FdHandle root = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, Entries.TryOpen(root.Fd, Name, OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_WRONLY, out FdHandle? file, 0b110_000_000));
        using (file)
        {
            Assert.Equal(Errno.None, Files.TryWriteAt(file!.Fd, 10, "text"u8));
            Assert.Equal(Errno.None, Files.TrySetLength(file.Fd, 100));
            Assert.Equal(Errno.None, Files.TrySetTimes(file.Fd, new(1, 2), new(-3, 4)));
        }
        Assert.Equal(Errno.None, Entries.TryLink(root.Fd, Name, root.Fd, "again\0"u8));
        Assert.Equal(Errno.None, Entries.TryStatus(root.Fd, "again\0"u8, out FileStatus status));
        Assert.Equal((100, 2ul, -3, 4), (status.Size, status.Links, status.ModifySeconds, status.ModifyNanoseconds));
        Assert.Equal(Errno.None, Directories.TryListNames(root.Fd, out List<byte[]> names));
        Assert.Equal(["again\0", "\u00ffx\0"], names.Select(Encoding.Latin1.GetString).Order(StringComparer.Ordinal));
        Assert.Equal(Errno.None, Entries.TryUnlink(root.Fd, Name));
        Assert.Equal(Errno.ENOENT, Entries.TryUnlink(root.Fd, Name));
        TestDirectory.Remove(directory);
    }

    [Fact]
    public void No_call_follows_a_link()
    {
        string directory = TestDirectory.Make("entries");
        using FdHandle root = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, Entries.TryMakeDirectory(root.Fd, "d\0"u8, 0b111_000_000));
        Assert.Equal(Errno.None, Entries.TrySymlink("d\0"u8, root.Fd, "l\0"u8));
        Assert.Equal(Errno.ENOTDIR, Entries.TryOpen(root.Fd, "l\0"u8, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out _));
        Assert.Equal(Errno.EOPNOTSUPP, Entries.TryChangeMode(root.Fd, "l\0"u8, 0b111_111_111));
        Assert.Equal(Errno.None, Entries.TryChangeMode(root.Fd, "d\0"u8, 0b111_000_111));
        Assert.Equal(Errno.None, Entries.TrySetTimes(root.Fd, "l\0"u8, new(5, 0), new(6, 0)));
        Span<byte> target = stackalloc byte[16];
        Assert.Equal(Errno.None, Entries.TryReadLink(root.Fd, "l\0"u8, target, out int length));
        Assert.Equal("d", Encoding.ASCII.GetString(target[..length]));
        Assert.Equal(Errno.None, Entries.TryStatus(root.Fd, "d\0"u8, out FileStatus status));
        Assert.Equal(0b111_000_111u, status.Mode & 0xfff);
        Assert.NotEqual(6, status.ModifySeconds);
        Assert.Equal(Errno.EXDEV, Entries.TryOpenAt2(root.Fd, "..\0"u8, OpenFlags.O_PATH, ResolveFlags.RESOLVE_BENEATH, out _));
        Assert.Throws<ArgumentException>(() => Entries.TryUnlink(root.Fd, "no zero byte"u8));
        Assert.Equal(Errno.None, Entries.TryRemoveDirectory(root.Fd, "d\0"u8));
        TestDirectory.Remove(directory);
    }

    [RootFact]
    public void Attributes_of_files_and_of_links_themselves_are_set_and_read()
    {
        string directory = TestDirectory.Make("entries");
        using FdHandle root = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Assert.Equal(Errno.None, Entries.TrySymlink("nowhere\0"u8, root.Fd, "l\0"u8));
        Assert.Equal(Errno.None, Entries.TrySetAttribute(root.Fd, "l\0"u8, "trusted.note\0"u8, "value"u8));
        byte[] value = new byte[64];
        Assert.Equal(Errno.None, Entries.TryGetAttribute(root.Fd, "l\0"u8, "trusted.note\0"u8, value, out int length));
        Assert.Equal("value", Encoding.ASCII.GetString(value, 0, length));
        Assert.Equal(Errno.None, Entries.TryListAttributes(root.Fd, "l\0"u8, value, out length));
        Assert.Contains("trusted.note\0", Encoding.ASCII.GetString(value, 0, length), StringComparison.Ordinal);
        Assert.Equal(Errno.None, Files.TrySetAttribute(root.Fd, "trusted.dir\0"u8, "d"u8));
        Assert.Equal(Errno.ENODATA, Files.TryGetAttribute(root.Fd, "trusted.missing\0"u8, value, out _));
        Assert.Equal(Errno.None, Files.TryGetAttribute(root.Fd, "trusted.dir\0"u8, value, out length));
        Assert.Equal((1, (byte)'d'), (length, value[0]));
        TestDirectory.Remove(directory);
    }
}
