namespace Keelson.Cgroups.Tests;

public class CgroupPathTests
{
    [Theory]
    [InlineData("/docker/abc", "/docker/abc")]
    [InlineData("/docker//abc/", "/docker/abc")]
    [InlineData("/./a/./b", "/a/b")]
    [InlineData("a/b", "a/b")]
    [InlineData("./a", "a")]
    [InlineData("/a:b/c d", "/a:b/c d")]
    [InlineData("/...", "/...")]
    public void A_path_is_kept_without_empty_parts(string text, string path) => Assert.Equal(path, CgroupPath.Parse(text).Value);

    [Theory]
    [InlineData("..")]
    [InlineData("/a/../b")]
    [InlineData("../../etc")]
    [InlineData("/")]
    [InlineData(".")]
    [InlineData("//")]
    [InlineData("/a\nb")]
    [InlineData("/a\0b")]
    [InlineData("")]
    public void A_path_that_leads_elsewhere_is_refused(string text)
    {
        KeelsonException e = Assert.Throws<KeelsonException>(() => CgroupPath.Parse(text));
        Assert.Equal(ErrorKind.InvalidArgument, e.Kind);
        Assert.StartsWith("cgroup path '", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_longer_than_a_name_may_be_is_refused() => Assert.Throws<KeelsonException>(() => CgroupPath.Parse("/" + new string('x', 256)));

    [Fact]
    public void Without_a_configured_path_the_id_names_a_group_below_the_callers()
    {
        CgroupPath path = CgroupPath.For("", "box");
        Assert.Equal("box", path.Value);
        Assert.True(path.IsDefault);
        Assert.False(path.IsAbsolute);
        Assert.False(CgroupPath.For("/x", "box").IsDefault);
    }
}
