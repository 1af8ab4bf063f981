namespace Keelson.Conformance;

/// <summary>Mount options that reach the mounts below (<c>r*</c>) and those that say where later mounts show. Rows R10 and R13.</summary>
public sealed class MountPropagationTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData("rro", "ro")]
    [InlineData("rnosuid", "nosuid")]
    [InlineData("rnodev", "nodev")]
    [InlineData("rnoexec", "noexec")]
    [InlineData("rnoatime", "noatime")]
    [InlineData("rnodiratime", "nodiratime")]
    [InlineData("rnosymfollow", "nosymfollow")]
    [InlineData("rrelatime", "relatime")]
    public void A_recursive_flag_is_set_on_the_mounts_below_too(string option, string expected)
    {
        (MountEntry top, MountEntry below) = Tree("", option);
        top.MustHave(expected);
        below.MustHave(expected);
    }

    [RootTheory]
    [InlineData("ro", "rrw", "ro")]
    [InlineData("nosuid", "rsuid", "nosuid")]
    [InlineData("nodev", "rdev", "nodev")]
    [InlineData("noexec", "rexec", "noexec")]
    // runc 1.1.5 clears the bit without the mask of its group; mount_setattr(2) wants both.
    [InlineData("noatime", "ratime", "noatime", Traits = ["fails", "runc"])]
    [InlineData("nodiratime", "rdiratime", "nodiratime")]
    [InlineData("nosymfollow", "rsymfollow", "nosymfollow")]
    [InlineData("noatime", "rrelatime", "noatime")]
    [InlineData("relatime", "rstrictatime", "relatime")]
    public void A_recursive_flag_is_cleared_on_the_mounts_below_too(string source, string option, string absent)
    {
        (MountEntry top, MountEntry below) = Tree(source, option);
        Assert.DoesNotContain(absent, top.Options);
        Assert.DoesNotContain(absent, below.Options);
    }

    [RootTheory]
    [InlineData("rnorelatime")]
    // runc 1.1.5: as ratime above.
    [InlineData("rnostrictatime", Traits = ["fails", "runc"])]
    public void A_recursive_option_that_only_takes_back_another_is_accepted(string option) => Tree("", option);

    [RootFact]
    public void A_plain_flag_leaves_the_mounts_below_alone()
    {
        (MountEntry top, MountEntry below) = Tree("", "ro");
        top.MustHave("ro");
        below.MustHave("rw");
    }

    [RootFact]
    public void Plain_and_recursive_flags_are_combined()
    {
        (MountEntry top, MountEntry below) = Tree("", "rro", "noexec");
        top.MustHave("ro,noexec");
        below.MustHave("ro");
        Assert.DoesNotContain("noexec", below.Options);
    }

    [RootFact]
    public void Bind_alone_leaves_the_mounts_below_out()
    {
        using HostMount source = new(runtime.WorkDirectory + "/tree");
        using HostMount inner = new(source.Target + "/below");
        IReadOnlyList<MountEntry> mounts = Mounts(runtime.Bundle().Mount("/mnt", "bind", source.Target, "bind"));
        Assert.DoesNotContain(mounts, m => m.Target == "/mnt/below");
    }

    [RootTheory]
    [InlineData("private", "^$")]
    [InlineData("rprivate", "^$")]
    [InlineData("slave", "^master:[0-9]+$")]
    [InlineData("rslave", "^master:[0-9]+$")]
    [InlineData("shared", "^shared:[0-9]+$")]
    [InlineData("rshared", "^shared:[0-9]+$")]
    [InlineData("unbindable", "^unbindable$")]
    public void The_propagation_of_a_mount_is_set(string option, string pattern)
    {
        using HostMount source = new HostMount(runtime.WorkDirectory + "/tree").Shared();
        BundleBuilder bundle = runtime.Bundle().Mount("/mnt", "bind", source.Target, "bind", option);
        if (option.EndsWith("shared", StringComparison.Ordinal)) bundle.Set("linux.rootfsPropagation", "rshared");
        Assert.Matches(pattern, string.Join(' ', MountEntry.At(Mounts(bundle), "/mnt").Propagation));
    }

    [RootTheory]
    [InlineData("rslave", true)]
    [InlineData("rshared", true)]
    [InlineData("rprivate", false)]
    public void A_later_mount_of_the_host_shows_where_it_should(string option, bool shows)
    {
        using HostMount source = new HostMount(runtime.WorkDirectory + "/tree").Shared();
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").Mount("/mnt", "bind", source.Target, "rbind", option));
        using HostMount late = new(source.Target + "/late");
        IReadOnlyList<MountEntry> mounts = MountEntry.Parse(container.Exec("cat", "/proc/self/mountinfo").Succeeds().Stdout);
        Assert.Equal(shows, mounts.Any(m => m.Target == "/mnt/late"));
    }

    [RootTheory]
    [InlineData("rshared", true)]
    [InlineData("rslave", false)]
    public void A_mount_of_the_container_shows_on_the_host_where_it_should(string option, bool shows)
    {
        using HostMount source = new HostMount(runtime.WorkDirectory + "/tree").Shared();
        Directory.CreateDirectory(source.Target + "/made");
        TestContainer container = runtime.Start(runtime.Bundle().Shell("mount -t tmpfs t /mnt/made && echo ready && exec sleep 1000")
            .Mount("/mnt", "bind", source.Target, "rbind", option).Set("linux.rootfsPropagation", option).Capabilities(["bounding", "effective", "permitted"], "CAP_SYS_ADMIN"));
        container.WaitForOutput("ready");
        Assert.Equal(shows, MountEntry.ReadAll().Any(m => m.Target == source.Target + "/made"));
    }

    [RootTheory]
    [InlineData("private", "^$")]
    [InlineData("rprivate", "^$")]
    [InlineData("slave", "^(master:[0-9]+)?$")]
    [InlineData("rslave", "^(master:[0-9]+)?$")]
    // runc 1.1.5 sets these on the caller's root in the new namespace, and the container's root is another mount.
    [InlineData("shared", "shared:[0-9]+", Traits = ["fails", "runc"])]
    [InlineData("rshared", "shared:[0-9]+", Traits = ["fails", "runc"])]
    [InlineData("unbindable", "^unbindable$", Traits = ["fails", "runc"])]
    [InlineData("runbindable", "^unbindable$", Traits = ["fails", "runc"])]
    public void The_propagation_of_the_root_is_that_of_the_configuration(string propagation, string pattern)
    {
        BundleBuilder bundle = runtime.Bundle().Set("linux.rootfsPropagation", propagation);
        Assert.Matches(pattern, string.Join(' ', MountEntry.At(Mounts(bundle), "/").Propagation));
    }

    [RootFact]
    public void No_mount_of_the_container_is_shared_with_the_host_by_default()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("mount -t tmpfs t /mnt && echo ready && exec sleep 1000")
            .Capabilities(["bounding", "effective", "permitted"], "CAP_SYS_ADMIN"));
        container.WaitForOutput("ready");
        IReadOnlyList<MountEntry> mounts = MountEntry.Parse(container.Exec("cat", "/proc/self/mountinfo").Succeeds().Stdout);
        Assert.All(mounts, m => Assert.DoesNotContain(m.Propagation, p => p.StartsWith("shared:", StringComparison.Ordinal)));
    }

    // The source and a mount below it, bound to /mnt with rbind.
    private (MountEntry Top, MountEntry Below) Tree(string sourceOptions, params string[] options)
    {
        string mountOptions = sourceOptions.Length == 0 ? "rw" : sourceOptions;
        using HostMount source = new(runtime.WorkDirectory + "/tree");
        using HostMount inner = new(source.Target + "/below", mountOptions);
        ChildProcess.Run(["mount", "-o", "remount,bind," + mountOptions, source.Target]).Succeeds();
        IReadOnlyList<MountEntry> mounts = Mounts(runtime.Bundle().Mount("/mnt", "bind", source.Target, ["rbind", .. options]));
        return (MountEntry.At(mounts, "/mnt"), MountEntry.At(mounts, "/mnt/below"));
    }

    private IReadOnlyList<MountEntry> Mounts(BundleBuilder bundle) =>
        MountEntry.Parse(runtime.RunBundle(bundle.Args("cat", "/proc/self/mountinfo")).Succeeds().Stdout);
}
