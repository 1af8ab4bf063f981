namespace Keelson.Attacks;

/// <summary>
/// Attack 13: a container of an ordinary user writes to cgroups below <c>/sys/fs/cgroup</c> that belong to that user (CVE-2023-25809). With openat2
/// denied as well: attack 18.
/// </summary>
public sealed class RootlessCgroupTests : IDisposable
{
    private static int last;
    private readonly string name = $"owned{Interlocked.Increment(ref last)}";

    /// <summary>Gives user 1000 a cgroup in each hierarchy.</summary>
    public RootlessCgroupTests()
    {
        foreach (string cgroup in Owned)
        {
            Directory.CreateDirectory(cgroup);
            ChildProcess.Run(["chown", "--recursive", "1000:1000", cgroup]).Succeeds();
        }
    }

    public void Dispose()
    {
        foreach (string cgroup in Owned) CgroupTree.Remove(cgroup);
    }

    [RootFact]
    public void Its_cgroups_can_be_written_where_they_are_bound_writable()
    {
        using RuntimeUnderTest runtime = Make(OpenAt2.Allowed);
        string seen = runtime.RunBundle(Rootless(runtime, "/mnt").Mount("/mnt", "bind", "/sys/fs/cgroup", "rbind")).Succeeds().Stdout;
        Assert.Contains("found", seen);
        Assert.Contains("made", seen);
    }

    [RootTheory]
    [OpenAt2Data]
    public void Its_cgroups_cannot_be_written_with_a_cgroup_mount(OpenAt2 openAt2) =>
        NothingIsWritten(openAt2, b => b.Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"), isFound: true);

    [RootTheory]
    [OpenAt2Data]
    public void Its_cgroups_cannot_be_written_with_a_cgroup_mount_and_namespace(OpenAt2 openAt2) =>
        NothingIsWritten(openAt2, b => b.Namespace("cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"), isFound: true);

    /// <summary>The mount of /sys is read-only, those below it are others.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void Its_cgroups_cannot_be_written_where_the_host_s_sys_is_bound_read_only(OpenAt2 openAt2) => NothingIsWritten(openAt2, b => b, isFound: true);

    /// <summary>Without a namespace of its own it sees its groups of v1 alone, but the whole v2 tree, as with runC.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void A_container_cannot_write_to_its_own_cgroup_either(OpenAt2 openAt2) =>
        NothingIsWritten(openAt2, b => b.Set("linux.cgroupsPath", $"/{TestDirectory.Name}/{name}/own").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro"), isFound: !CgroupTree.IsV1);

    /// <summary>As under a rootless engine: the runtime is root of a user namespace, and the container has no cgroup namespace.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void Its_cgroups_cannot_be_written_when_the_runtime_runs_in_a_user_namespace(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = Make(openAt2, inUserNamespace: true);
        BundleBuilder bundle = Rootless(runtime, "/sys/fs/cgroup").WithoutNamespace("user").Set("linux.uidMappings", null).Set("linux.gidMappings", null)
            .Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        string seen = runtime.RunBundle(bundle).Succeeds().Stdout;
        Assert.Contains("found", seen);
        Assert.DoesNotMatch("made|joined", seen);
    }

    [RootTheory]
    [OpenAt2Data]
    public void The_configuration_that_spec_writes_for_rootless_leaves_no_cgroup_writable(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = Make(openAt2);
        BundleBuilder bundle = runtime.Bundle();
        runtime.Run("spec", "--rootless", "--bundle", bundle.Directory).Succeeds();
        System.Text.Json.Nodes.JsonObject config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(bundle.Directory + "/config.json"))!.AsObject();
        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new System.Text.Json.Nodes.JsonArray("sh", "-c", Script("/sys/fs/cgroup"));
        config["root"]!["path"] = BusyboxRootfs.Shared;
        File.WriteAllText(bundle.Directory + "/config.json", config.ToJsonString());
        string seen = runtime.Run("run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds().Stdout;
        Assert.Contains("found", seen);
        Assert.DoesNotMatch("made|joined", seen);
    }

    private IEnumerable<string> Owned => CgroupTree.Hierarchies.Select(h => $"{h}/{TestDirectory.Name}/{name}");

    private void NothingIsWritten(OpenAt2 openAt2, Func<BundleBuilder, BundleBuilder> configure, bool isFound)
    {
        using RuntimeUnderTest runtime = Make(openAt2);
        string seen = runtime.RunBundle(configure(Rootless(runtime, "/sys/fs/cgroup"))).Succeeds().Stdout;
        Assert.Equal(isFound, seen.Contains("found"));
        Assert.DoesNotMatch("made|joined", seen);
    }

    private RuntimeUnderTest Make(OpenAt2 openAt2, bool inUserNamespace = false)
    {
        string launcher = $"{TestDirectory.Root}/in-user-namespace";
        if (inUserNamespace)
        {
            File.WriteAllText(launcher, $"#!/bin/sh\nexec unshare --user --map-root-user --mount {RuntimeUnderTest.Program} \"$@\"\n");
            TestDirectory.SetMode(launcher, 0b111_101_101);
        }
        using RuntimeUnderTest asRoot = AttackRuntime.Make(openAt2);
        // cgroup v2 lets a user move processes only inside of what belongs to that user.
        string enter = $"for c in {string.Join(' ', Owned)}; do test ! -e $c/cgroup.controllers || echo 0 > $c/cgroup.procs; done; exec \"$@\"";
        return new RuntimeUnderTest(rootless: true) { Prefix = [.. asRoot.Prefix, "sh", "-c", enter, "sh"], Executable = inUserNamespace ? launcher : RuntimeUnderTest.Program };
    }

    /// <summary>Tries to make a cgroup in each that is found below a directory, and in those of the container itself.</summary>
    private string Script(string directory) => $"""
        for d in {directory} {directory}/* $(find {directory} -type d -name {name}); do
          case $d in */{name}) echo found $d;; esac
          mkdir $d/escape 2> /dev/null && echo made $d/escape && rmdir $d/escape
          (echo 0 > $d/cgroup.procs) 2> /dev/null && echo joined $d
        done
        true
        """;

    private BundleBuilder Rootless(RuntimeUnderTest runtime, string directory) => runtime.Bundle().Shell(Script(directory)).ForUser();
}
