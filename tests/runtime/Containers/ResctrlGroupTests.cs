using Keelson.Oci;
using Keelson.Runtime.Containers;

namespace Keelson.Runtime.Tests.Containers;

/// <summary>The rules of runtime-spec 1.3 config-linux "IntelRdt" on a directory that stands in for resctrl: it has the files that a group has once they are written.</summary>
public sealed class ResctrlGroupTests : IDisposable
{
    private const string Id = "c1";
    private readonly string root = TestDirectory.Make("resctrl");

    public ResctrlGroupTests() => File.WriteAllText(root + "/schemata", "    L3:0=fff;1=fff\n    MB:0=100;1=100\n");

    public void Dispose() => TestDirectory.Remove(root);

    [Fact]
    public void Without_resctrl_it_is_an_error()
    {
        File.Delete(root + "/schemata");
        Assert.Equal(ErrorKind.Unsupported, Fails(new IntelRdtSpec { ClosId = "gold" }).Kind);
        Assert.False(Directory.Exists(root + "/gold"));
    }

    [Fact]
    public void Without_closID_the_group_has_the_containers_name()
    {
        Assert.True(Make(new IntelRdtSpec { L3CacheSchema = "L3:0=f" }));
        Assert.Equal("L3:0=f\n", Schemata(Id));
    }

    [Fact]
    public void Without_any_schemata_none_is_written()
    {
        Assert.True(Make(new IntelRdtSpec()));
        Assert.False(File.Exists($"{root}/{Id}/schemata"));
    }

    [Fact]
    public void A_group_of_the_containers_name_that_is_there_is_somebody_elses()
    {
        Directory.CreateDirectory($"{root}/{Id}");
        Assert.Equal(ErrorKind.AlreadyExists, Fails(new IntelRdtSpec()).Kind);
        Assert.True(Directory.Exists($"{root}/{Id}"));
    }

    [Fact]
    public void Cache_and_bandwidth_are_written_together_and_the_other_lines_last()
    {
        Make(new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=f;1=f", MemBwSchema = "MB:0=50", Schemata = ["L2:0=3", "MB:0=70"] });
        Assert.Equal("L3:0=f;1=f\nMB:0=50\nL2:0=3\nMB:0=70\n", Schemata("gold"));
    }

    [Fact]
    public void Lines_about_bandwidth_among_those_about_the_cache_are_left_out()
    {
        Make(new IntelRdtSpec { L3CacheSchema = "L3:0=f\nMB:0=10\nL3CODE:0=1\n", MemBwSchema = "MB:0=50" });
        Assert.Equal("L3:0=f\nL3CODE:0=1\nMB:0=50\n", Schemata(Id));
    }

    [Fact]
    public void A_group_that_closID_names_is_taken_when_its_schemata_are_the_same()
    {
        Group("gold", "    L3:0=00f;1=00f\n    MB:0= 50;1=100\n");
        Assert.False(Make(new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=00f;1=00f", MemBwSchema = "MB:0=50;1=100" }));
        Assert.Equal("    L3:0=00f;1=00f\n    MB:0= 50;1=100\n", Schemata("gold"));
    }

    [Theory]
    [InlineData("L3:0=00e;1=00f", null)]
    [InlineData("L3:0=00f;1=00f", "MB:0=40;1=100")]
    [InlineData("L2:0=f", null)]
    public void A_group_that_closID_names_with_other_schemata_is_refused(string cache, string? bandwidth)
    {
        Group("gold", "L3:0=00f;1=00f\nMB:0=50;1=100\n");
        KeelsonException error = Fails(new IntelRdtSpec { ClosId = "gold", L3CacheSchema = cache, MemBwSchema = bandwidth });
        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
        Assert.Contains("has other schemata than", error.Message);
        Assert.Equal("L3:0=00f;1=00f\nMB:0=50;1=100\n", Schemata("gold"));
    }

    [Fact]
    public void The_other_lines_are_written_to_a_group_that_is_there()
    {
        Group("gold", "L3:0=f\n");
        Make(new IntelRdtSpec { ClosId = "gold", L3CacheSchema = "L3:0=f", Schemata = ["L2:0=3"] });
        Assert.Equal("L3:0=f\nL2:0=3\n", Schemata("gold"));
    }

    [Fact]
    public void ClosID_alone_takes_a_group_that_is_there()
    {
        Group("gold", "L3:0=f\n");
        Assert.False(Make(new IntelRdtSpec { ClosId = "gold" }));
        Assert.Equal("L3:0=f\n", Schemata("gold"));
    }

    [Fact]
    public void ClosID_alone_makes_no_group()
    {
        Assert.Equal(ErrorKind.NotFound, Fails(new IntelRdtSpec { ClosId = "gold" }).Kind);
        Assert.False(Directory.Exists(root + "/gold"));
    }

    [Fact]
    public void A_slash_is_the_group_of_all()
    {
        IntelRdtSpec spec = new() { ClosId = "/", EnableMonitoring = true };
        Directory.CreateDirectory(root + "/mon_groups");
        Assert.False(Make(spec));
        Assert.Equal(root, ResctrlGroup.DirectoryOf(spec, Id, root));
        Assert.True(Directory.Exists($"{root}/mon_groups/{Id}"));
    }

    [Fact]
    public void The_process_joins_the_group_and_its_own_monitoring_group()
    {
        Group("gold", "");
        IntelRdtSpec spec = new() { ClosId = "gold", EnableMonitoring = true };
        Make(spec);
        ResctrlGroup.Join(root + "/gold", 4711, spec.EnableMonitoring, Id);
        Assert.Equal("4711", File.ReadAllText(root + "/gold/tasks"));
        Assert.Equal("4711", File.ReadAllText($"{root}/gold/mon_groups/{Id}/tasks"));
    }

    [Fact]
    public void Without_monitoring_there_is_no_monitoring_group()
    {
        Group("gold", "");
        Make(new IntelRdtSpec { ClosId = "gold" });
        Assert.Empty(Directory.GetDirectories(root + "/gold/mon_groups"));
    }

    [Fact]
    public void A_group_that_could_not_be_completed_goes()
    {
        // The stand-in has no mon_groups, as a kernel without monitoring.
        Fails(new IntelRdtSpec { EnableMonitoring = true });
        Assert.False(Directory.Exists($"{root}/{Id}"));
    }

    [Fact]
    public void The_containers_own_group_goes_with_it()
    {
        IntelRdtSpec spec = new();
        Make(spec);
        ResctrlGroup.Remove($"{root}/{Id}", spec, Id);
        Assert.False(Directory.Exists($"{root}/{Id}"));
        ResctrlGroup.Remove($"{root}/{Id}", spec, Id);
    }

    [Fact]
    public void A_group_that_closID_names_stays_and_its_monitoring_group_goes()
    {
        Group("gold", "");
        IntelRdtSpec spec = new() { ClosId = "gold", EnableMonitoring = true };
        Make(spec);
        ResctrlGroup.Remove(root + "/gold", spec, Id);
        Assert.True(Directory.Exists(root + "/gold"));
        Assert.Empty(Directory.GetDirectories(root + "/gold/mon_groups"));
    }

    [Fact]
    public void A_group_that_was_made_for_a_container_that_could_not_be_created_goes()
    {
        IntelRdtSpec spec = new() { ClosId = "gold", L3CacheSchema = "L3:0=f" };
        Assert.True(Make(spec));
        File.Delete(root + "/gold/schemata"); // In resctrl it goes with its directory.
        ResctrlGroup.Remove(root + "/gold", spec, Id, isNew: true);
        Assert.False(Directory.Exists(root + "/gold"));
    }

    private bool Make(IntelRdtSpec spec) => ResctrlGroup.Make(spec, Id, root);

    private KeelsonException Fails(IntelRdtSpec spec) => Assert.ThrowsAny<KeelsonException>(() => Make(spec));

    private void Group(string name, string schemata)
    {
        Directory.CreateDirectory($"{root}/{name}/mon_groups");
        File.WriteAllText($"{root}/{name}/schemata", schemata);
    }

    private string Schemata(string group) => File.ReadAllText($"{root}/{group}/schemata");
}
