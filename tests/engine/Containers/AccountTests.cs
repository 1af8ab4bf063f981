using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

public sealed class AccountTests
{
    private static readonly AccountFiles Known = new(SpecCases.Passwd, SpecCases.Group);

    [Theory]
    [InlineData("", 0u, 0u, "0 0 1 10")]
    [InlineData("root", 0u, 0u, "0 0 1 10")]
    [InlineData("joe", 1000u, 1000u, "1000 10 29")]
    [InlineData("1000", 1000u, 1000u, "1000 10 29")]
    [InlineData("joe:video", 1000u, 44u, "44")]
    [InlineData("joe:0", 1000u, 0u, "0")]
    [InlineData("4711", 4711u, 0u, "0")]
    [InlineData("4711:4712", 4711u, 4712u, "4712")]
    [InlineData("2147483647", 2147483647u, 0u, "0")]
    public void Names_and_numbers_are_resolved(string user, uint uid, uint gid, string groups)
    {
        Account account = AccountResolver.Resolve(user, [], Known);
        Assert.Equal((uid, gid, groups), (account.Uid, account.Gid, string.Join(' ', account.Groups)));
    }

    [Theory]
    [InlineData("nobody", "unable to find user nobody: no matching entries in passwd file")]
    [InlineData("joe:nogroup", "unable to find group nogroup: no matching entries in group file")]
    [InlineData("2147483648", "uids and gids must be in range 0-2147483647")]
    [InlineData("4294967296", "uids and gids must be in range 0-2147483647")]
    [InlineData("0:4294967296", "uids and gids must be in range 0-2147483647")]
    [InlineData("-1", "uids and gids must be in range 0-2147483647")]
    [InlineData("18446744073709551616", "uids and gids must be in range 0-2147483647")]
    public void CVE_2024_40635_a_user_that_is_none_is_refused(string user, string message)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => AccountResolver.Resolve(user, [], Known));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("evil:x:4294967296:0::/:/bin/sh"), InlineData("evil:x:0x0:0::/:/bin/sh"), InlineData("evil:x::::"), InlineData("evil:x:5:99999999999::")]
    public void CVE_2026_46680_an_entry_whose_number_is_none_does_not_become_root(string line) =>
        Assert.Throws<KeelsonException>(() => AccountResolver.Resolve("evil", [], new(line + "\n", "")));

    [Fact]
    public void CVE_2023_25173_groups_besides_are_added()
    {
        Assert.Equal([1000, 10, 29, 44, 77], AccountResolver.Resolve("joe", ["video", "77", "29"], Known).Groups);
        Assert.Throws<KeelsonException>(() => AccountResolver.Resolve("joe", ["none"], Known));
    }

    [Fact]
    public void Files_are_read_within_the_root()
    {
        string root = Root();
        File.WriteAllText(root + "/etc/passwd", "inside:x:1:1:::\n");
        Assert.Equal(("inside:x:1:1:::\n", ""), Read(root));
    }

    [Fact]
    public void CVE_2026_47262_a_link_out_of_the_root_reads_nothing_of_the_host()
    {
        string root = Root();
        Files.TrySymlink("../../../../../../etc/passwd", root + "/etc/passwd").ThrowIfError("link");
        Files.TrySymlink("/etc/passwd", root + "/etc/group").ThrowIfError("link");
        KeelsonException e = Assert.ThrowsAny<KeelsonException>(() => Read(root));
        Assert.Contains("ELOOP", e.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("fifo"), InlineData("directory"), InlineData("device"), InlineData("long")]
    public void What_is_no_regular_file_of_a_sane_length_is_refused(string kind)
    {
        string root = Root(), path = root + "/etc/passwd";
        if (kind == "fifo") Files.TryMakeNode(path, FileStatus.S_IFIFO | 0b110_000_000).ThrowIfError("mkfifo");
        else if (kind == "directory") Directory.CreateDirectory(path);
        else if (kind == "device") Files.TryMakeNode(path, FileStatus.S_IFCHR | 0b110_000_000, Device.Make(1, 5)).ThrowIfError("mknod");
        else
        {
            using FileStream file = File.Create(path);
            file.SetLength(AccountFiles.LimitBytes + 1);
        }
        Assert.Throws<KeelsonException>(() => Read(root));
    }

    private static string Root()
    {
        string root = TestDirectory.Make("accounts");
        Directory.CreateDirectory(root + "/etc");
        return root;
    }

    private static (string, string) Read(string root)
    {
        using FdHandle handle = Files.Open(root, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        AccountFiles files = AccountFiles.Read(handle);
        return (files.Passwd, files.Group);
    }
}
