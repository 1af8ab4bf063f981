using System.Text;

namespace Keelson.Cgroups.Tests;

public class LayoutTests
{
    private const string Systemd = """
        30 23 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
        31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate
        32 30 0:28 / /sys/fs/cgroup/systemd rw,nosuid shared:11 - cgroup cgroup rw,xattr,name=systemd
        33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:12 - cgroup cgroup rw,cpu,cpuacct
        34 30 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:13 - cgroup cgroup rw,memory
        35 30 0:31 / /mnt/odd\040place rw,nosuid - cgroup cgroup rw,freezer
        """;

    [Fact]
    public void Mountinfo_tells_where_co_mounted_controllers_are()
    {
        CgroupLayout layout = Layout(Systemd, "5:freezer:/\n4:memory:/user\n3:cpu,cpuacct:/user\n2:name=other:/\n1:name=systemd:/user\n0::/user\n");
        Assert.Equal(CgroupMode.Hybrid, layout.Mode);
        Assert.Equal(["freezer", "memory", "cpu,cpuacct", "name=systemd", ""], layout.Hierarchies.Select(h => h.Controllers));
        Assert.Equal("/mnt/odd place", layout.Hierarchies[0].MountPoint);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", layout.Hierarchies[2].MountPoint);
        Assert.Equal("/sys/fs/cgroup/unified", layout.Unified!.MountPoint);
    }

    [Fact]
    public void A_hierarchy_that_is_not_mounted_is_left_out()
    {
        CgroupLayout layout = Layout(Systemd, "7:rdma:/\n4:memory:/\n");
        Assert.Equal(["memory"], layout.Hierarchies.Select(h => h.Controllers));
        Assert.Equal(CgroupMode.V1, layout.Mode);
    }

    [Fact]
    public void A_v2_tree_alone_is_v2()
    {
        CgroupLayout layout = Layout("31 30 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/\n");
        Assert.Equal(CgroupMode.V2, layout.Mode);
    }

    [Fact]
    public void No_cgroup_mount_is_no_layout() => Assert.Equal(CgroupMode.None, Layout("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", "0::/\n").Mode);

    [Fact]
    public void A_whole_mount_is_preferred_to_a_bind_of_a_part()
    {
        string mounts = "40 1 0:30 /part /elsewhere rw - cgroup cgroup rw,memory\n41 1 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
            + "42 1 0:30 /other /later rw - cgroup cgroup rw,memory\n";
        Assert.Equal("/sys/fs/cgroup/memory", Assert.Single(Layout(mounts, "4:memory:/\n").Hierarchies).MountPoint);
    }

    [Fact]
    public void Inside_a_container_a_relative_path_lies_below_the_part_that_is_mounted()
    {
        CgroupHierarchy hierarchy = Assert.Single(Layout("40 1 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "4:memory:/docker/abc/inner\n").Hierarchies);
        Assert.Equal("/sys/fs/cgroup/memory/inner/box", CgroupLayout.Directory(hierarchy, CgroupPath.For(null, "box")));
        Assert.Equal("/sys/fs/cgroup/memory/box", CgroupLayout.Directory(hierarchy, CgroupPath.Parse("/box")));
    }

    [Theory]
    [InlineData("/", "/m/box")]
    [InlineData("/user", "/m/user/box")]
    [InlineData("/../outside", "/m/box")]
    public void A_relative_path_starts_at_the_callers_group(string own, string directory) =>
        Assert.Equal(directory, CgroupLayout.Directory(new CgroupHierarchy("memory", "/m", own), CgroupPath.For(null, "box")));

    [Theory]
    [InlineData("/", "/m/box")]
    [InlineData("/session.scope", "/m/box")]
    [InlineData("/user.slice/session.scope", "/m/user.slice/box")]
    public void In_the_v2_tree_a_relative_path_lies_beside_the_callers_group(string own, string directory) =>
        Assert.Equal(directory, CgroupLayout.Directory(new CgroupHierarchy("", "/m", own), CgroupPath.For(null, "box")));

    [Fact]
    public void Membership_lines_may_hold_colons_and_odd_lines_are_passed_over()
    {
        Assert.Equal([("cpu,cpuacct", "/a:b"), ("", "/gone")], CgroupMembership.Parse("3:cpu,cpuacct:/a:b\nnonsense\n7:x\n9:y:relative\n0::/gone (deleted)\n"u8));
    }

    [CgroupV1Fact]
    public void The_usual_places_and_mountinfo_agree_on_this_machine()
    {
        CgroupLayout thorough = CgroupLayout.FromMountInfo(Linux.Proc.MountInfo.ReadSelf().Span, CgroupMembership.Read());
        Assert.Equal(thorough.Hierarchies, CgroupLayout.Detect().Hierarchies);
    }

    private static CgroupLayout Layout(string mountInfo, string own) =>
        CgroupLayout.FromMountInfo(Encoding.UTF8.GetBytes(mountInfo), CgroupMembership.Parse(Encoding.UTF8.GetBytes(own)));
}
