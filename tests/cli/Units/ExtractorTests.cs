using System.Text;
using Keelson.Archive;
using Keelson.Cli.Copying;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Tests;

/// <summary>An archive from a hostile container does not write outside of the target.</summary>
public class ExtractorTests
{
    private static void Extract(string target, params (string Name, TarEntryType Type, string Content)[] entries)
    {
        using MemoryStream archive = new();
        TarWriter writer = new(archive);
        foreach ((string name, TarEntryType type, string content) in entries)
        {
            bool isFile = type == TarEntryType.RegularFile;
            writer.WriteEntry(new() { Name = TarEntry.ToName(name), Type = type, Mode = 0b111_101_101, Size = isFile ? content.Length : 0, LinkName = isFile ? default : TarEntry.ToName(content) });
            if (isFile) writer.Write(Encoding.UTF8.GetBytes(content));
        }
        writer.Finish();
        archive.Position = 0;
        using FdHandle root = Files.Open(target, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        new ArchiveExtractor(root, keepsOwners: false).Extract(archive, "got");
    }

    [Fact]
    public void Files_directories_and_links_are_unpacked()
    {
        using TemporaryDirectory directory = new();
        Extract(directory.Path, ("a/", TarEntryType.Directory, ""), ("a/f", TarEntryType.RegularFile, "x"), ("a/s", TarEntryType.SymbolicLink, "/etc/passwd"), ("a/h", TarEntryType.HardLink, "a/f"));
        Assert.Equal("x", File.ReadAllText(directory.Path + "/got/h"));
        Assert.Equal("/etc/passwd", new FileInfo(directory.Path + "/got/s").LinkTarget);
    }

    [Theory]
    [InlineData("a/../../out")]
    [InlineData("b")]
    [InlineData("a//out")]
    public void Names_that_lead_outside_are_refused(string name)
    {
        using TemporaryDirectory directory = new();
        Assert.Throws<KeelsonException>(() => Extract(directory.Path, ("a/", TarEntryType.Directory, ""), (name, TarEntryType.RegularFile, "x")));
    }

    [Fact]
    public void A_link_inside_is_not_followed()
    {
        using TemporaryDirectory directory = new(), outside = new();
        Assert.ThrowsAny<KeelsonException>(() => Extract(directory.Path, ("a/", TarEntryType.Directory, ""), ("a/link", TarEntryType.SymbolicLink, outside.Path), ("a/link/file", TarEntryType.RegularFile, "x")));
        Assert.Empty(Directory.GetFileSystemEntries(outside.Path));
    }

    [Fact]
    public void A_file_replaces_a_link_and_does_not_write_through_it()
    {
        using TemporaryDirectory directory = new(), outside = new();
        File.WriteAllText(outside.Path + "/file", "untouched");
        Extract(directory.Path, ("a/", TarEntryType.Directory, ""), ("a/link", TarEntryType.SymbolicLink, outside.Path + "/file"), ("a/link", TarEntryType.RegularFile, "x"));
        Assert.Equal(("untouched", "x"), (File.ReadAllText(outside.Path + "/file"), File.ReadAllText(directory.Path + "/got/link")));
    }

    [Fact]
    public void A_hard_link_to_something_outside_is_refused()
    {
        using TemporaryDirectory directory = new();
        Assert.Throws<KeelsonException>(() => Extract(directory.Path, ("a/", TarEntryType.Directory, ""), ("a/h", TarEntryType.HardLink, "/etc/passwd")));
    }
}
