using System.Text;
using Keelson.Linux.Proc;

namespace Keelson.Linux.Tests;

public class MountInfoTests
{
    [Fact]
    public void A_line_of_the_manual_page_is_read()
    {
        Assert.True(MountInfo.TryParse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue"u8, out MountInfoLine line));
        Assert.Equal((36, 35, 98u, 0u), (line.Id, line.ParentId, line.Major, line.Minor));
        Assert.Equal("/mnt1", Encoding.UTF8.GetString(line.Root));
        Assert.Equal("/mnt2", Encoding.UTF8.GetString(line.MountPoint));
        Assert.Equal("rw,noatime", Encoding.UTF8.GetString(line.Options));
        Assert.Equal("master:1 shared:7", Encoding.UTF8.GetString(line.OptionalFields));
        Assert.Equal("ext3", Encoding.UTF8.GetString(line.FileSystem));
        Assert.Equal("/dev/root", Encoding.UTF8.GetString(line.Source));
        Assert.Equal("rw,errors=continue", Encoding.UTF8.GetString(line.SuperOptions));
    }

    [Fact]
    public void Optional_fields_and_the_source_may_be_empty()
    {
        Assert.True(MountInfo.TryParse("1 0 0:5 / / rw - tmpfs  rw"u8, out MountInfoLine line));
        Assert.True(line.OptionalFields.IsEmpty);
        Assert.True(line.Source.IsEmpty);
        Assert.Equal("rw", Encoding.UTF8.GetString(line.SuperOptions));
    }

    [Theory]
    [InlineData("")]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 ext3 /dev/root rw")]
    [InlineData("36 35 98 /mnt1 /mnt2 rw - ext3 /dev/root rw")]
    [InlineData("x 35 98:0 /mnt1 /mnt2 rw - ext3 /dev/root rw")]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw -")]
    public void Lines_of_another_form_are_refused(string text) => Assert.False(MountInfo.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Damaged_lines_are_counted_and_passed_over()
    {
        MountInfo mounts = new("nonsense\n1 0 0:5 / /a rw - tmpfs none rw\n\n2 1 0:6 / /b rw - tmpfs none rw"u8);
        Assert.True(mounts.TryNext(out MountInfoLine first));
        Assert.Equal("/a", Encoding.UTF8.GetString(first.MountPoint));
        Assert.True(mounts.TryNext(out MountInfoLine second));
        Assert.Equal(2, second.Id);
        Assert.False(mounts.TryNext(out _));
        Assert.Equal(1, mounts.Malformed);
    }

    [Theory]
    [InlineData("/plain", "/plain")]
    [InlineData("/with\\040space", "/with space")]
    [InlineData("\\011\\012\\134", "\t\n\\")]
    [InlineData("/end\\04", "/end\\04")]
    [InlineData("/no\\x40", "/no\\x40")]
    [InlineData("/big\\777", "/big\\777")]
    public void Octal_escapes_are_undone(string field, string text) => Assert.Equal(text, MountInfo.UnescapeText(Encoding.UTF8.GetBytes(field)));

    [Fact]
    public void A_path_that_is_not_UTF_8_keeps_its_bytes() => Assert.Equal([(byte)'/', 0xff, (byte)' '], MountInfo.Unescape([(byte)'/', 0xff, .. "\\040"u8]));

    [Fact]
    public void Words_are_found_in_option_lists()
    {
        Assert.True(MountInfoLine.Lists("rw,cpu,cpuacct"u8, "cpu"u8));
        Assert.False(MountInfoLine.Lists("rw,cpuacct"u8, "cpu"u8));
    }

    [Fact]
    public void Every_line_of_this_process_is_read()
    {
        ReadOnlyMemory<byte> text = MountInfo.ReadSelf();
        MountInfo mounts = new(text.Span);
        int lines = 0;
        while (mounts.TryNext(out MountInfoLine _)) lines++;
        Assert.Equal(text.Span.Count((byte)'\n'), lines);
        Assert.Equal(0, mounts.Malformed);
    }
}
