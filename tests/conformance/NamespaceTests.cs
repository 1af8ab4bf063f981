using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Namespaces": new, joined and shared with the caller. Row R6.</summary>
public sealed class NamespaceTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootTheory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("mount", "mnt")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("cgroup", "cgroup")]
    public void A_namespace_without_a_path_is_new(string type, string file)
    {
        ProbeReport report = Probe(runtime.Bundle("probe").Namespace(type));
        Assert.NotEqual(OnHost(file), report["ns/" + file]);
    }

    [RootTheory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("cgroup", "cgroup")]
    [InlineData("user", "user")]
    [InlineData("time", "time")]
    public void A_namespace_that_is_not_listed_is_the_caller_s(string type, string file)
    {
        BundleBuilder bundle = runtime.Bundle("probe").WithoutNamespace(type);
        if (type == "uts") bundle.Set("hostname", null);
        Assert.Equal(OnHost(file), Probe(bundle)["ns/" + file]);
    }

    [RootTheory]
    [InlineData("pid", "pid")]
    [InlineData("network", "net")]
    [InlineData("ipc", "ipc")]
    [InlineData("uts", "uts")]
    [InlineData("cgroup", "cgroup")]
    public void A_namespace_with_a_path_is_joined(string type, string file)
    {
        TestContainer holder = runtime.Start(runtime.Bundle("sleep", "1000").Namespace("cgroup"));
        string path = $"/proc/{holder.Pid}/ns/{file}";
        Assert.True(Files.TryReadLink(path, out string expected) == Linux.Errno.None);
        BundleBuilder bundle = runtime.Bundle("probe").Namespace(type, path);
        if (type == "uts") bundle.Set("hostname", null);
        Assert.Equal(expected, Probe(bundle)["ns/" + file]);
    }

    [RootFact]
    public void All_namespaces_of_another_container_are_joined_at_once()
    {
        TestContainer holder = runtime.StartSleeping();
        BundleBuilder bundle = runtime.Bundle("probe").Set("hostname", null);
        foreach ((string type, string file) in (ReadOnlySpan<(string, string)>)[("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts")])
            bundle.Namespace(type, $"/proc/{holder.Pid}/ns/{file}");

        ProbeReport report = Probe(bundle);

        foreach (string file in (ReadOnlySpan<string>)["pid", "net", "ipc", "uts"])
        {
            Assert.True(Files.TryReadLink($"/proc/{holder.Pid}/ns/{file}", out string expected) == Linux.Errno.None);
            Assert.Equal(expected, report["ns/" + file]);
        }
        Assert.NotEqual("1", report["pid"]);
    }

    [RootFact]
    public void A_container_that_joined_a_pid_namespace_is_driven_as_usual()
    {
        TestContainer holder = runtime.StartSleeping();
        TestContainer container = runtime.Container(runtime.Bundle("sleep", "1000").Namespace("pid", $"/proc/{holder.Pid}/ns/pid"));
        container.Create();
        Assert.Equal("created", container.Status);
        container.Start();
        Assert.Equal(3, container.Exec("sh", "-c", "exit 3").ExitCode);
        Condition.Await("the second sleep", () => holder.Exec("ps").Succeeds().Lines.Count(l => l.EndsWith("sleep 1000", StringComparison.Ordinal)) == 2);
        container.KillAndDelete();
        Assert.Equal("running", holder.Status);
    }

    [RootFact]
    public void A_network_namespace_of_a_bind_mounted_file_is_joined()
    {
        string name = "kt-" + runtime.NewId();
        ChildProcess.Run(["ip", "netns", "add", name]).Succeeds();
        try
        {
            ProbeReport report = Probe(runtime.Bundle("probe").Namespace("network", "/run/netns/" + name));
            Assert.Equal(Linux.Errno.None, Files.TryStatus("/run/netns/" + name, out FileStatus status));
            Assert.Equal($"net:[{status.Inode}]", report["ns/net"]);
        }
        finally { ChildProcess.Run(["ip", "netns", "delete", name]).Succeeds(); }
    }

    [RootFact]
    [Reference("runc", "1.1.5 prepares a root in the namespace that it joined and cannot pivot there")]
    public void A_mount_namespace_with_a_path_is_joined()
    {
        TestContainer holder = runtime.Start(runtime.Bundle("sleep", "1000"));
        string path = $"/proc/{holder.Pid}/ns/mnt";
        Assert.True(Files.TryReadLink(path, out string expected) == Linux.Errno.None);
        BundleBuilder bundle = runtime.Bundle("probe").Namespace("mount", path).Namespace("pid", $"/proc/{holder.Pid}/ns/pid")
            .SetJson("root", """{"path": "/"}""").SetJson("mounts", "[]").Set("linux.maskedPaths", null).Set("linux.readonlyPaths", null);
        Assert.Equal(expected, Probe(bundle)["ns/mnt"]);
    }

    [RootTheory]
    [InlineData("network", "uts")]
    [InlineData("pid", "net")]
    [InlineData("ipc", "pid")]
    [InlineData("uts", "ipc")]
    [InlineData("cgroup", "net")]
    public void A_path_to_a_namespace_of_another_type_is_refused(string type, string file)
    {
        TestContainer container = runtime.Container(runtime.Bundle("true").Set("hostname", null).Namespace(type, $"/proc/{Environment.ProcessId}/ns/{file}"));
        container.TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootTheory]
    [InlineData("/etc/passwd")]
    [InlineData("/nowhere/net")]
    [InlineData("/proc")]
    [InlineData("ns/net")]
    public void A_path_that_is_no_namespace_is_refused(string path)
    {
        TestContainer container = runtime.Container(runtime.Bundle("true").Namespace("network", path));
        container.TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootTheory]
    [InlineData("pid")]
    [InlineData("network")]
    [InlineData("mount")]
    public void A_namespace_that_is_listed_twice_is_refused(string type) =>
        runtime.Container(runtime.Bundle("true").AddJson("linux.namespaces", $$"""{"type": "{{type}}"}""")).TryCreate().Fails();

    [RootFact]
    public void A_new_network_namespace_has_its_loopback_up() =>
        Assert.Contains("LOOPBACK,UP", runtime.RunBundle(runtime.Bundle("ip", "link", "show", "lo")).Succeeds().Stdout);

    [RootFact]
    public void A_new_cgroup_namespace_shows_the_container_s_cgroup_as_the_root()
    {
        string[] lines = runtime.RunBundle(runtime.Bundle("cat", "/proc/self/cgroup").Namespace("cgroup")).Succeeds().Lines;
        Assert.All(lines.Where(l => l.Contains("pids:", StringComparison.Ordinal) || l.Contains("memory:", StringComparison.Ordinal)), l => Assert.EndsWith(":/", l));
    }

    [RootFact]
    public void Without_a_cgroup_namespace_the_container_sees_its_path_on_the_host()
    {
        BundleBuilder bundle = runtime.Bundle("cat", "/proc/self/cgroup");
        string[] lines = runtime.RunBundle(bundle).Succeeds().Lines;
        Assert.Contains(lines, l => l.EndsWith(bundle.CgroupsPath, StringComparison.Ordinal));
    }

    [RootFact]
    public void A_hostname_without_a_new_uts_namespace_is_refused()
    {
        // The caller has a UTS namespace of its own, so that a runtime that sets the name does no harm.
        CommandOptions options = new() { Prefix = ["unshare", "--uts"] };
        runtime.Container(runtime.Bundle("true").WithoutNamespace("uts")).TryCreate(options).Fails("hostname");
    }

    [RootFact]
    public void A_process_without_a_pid_namespace_sees_the_host_s_processes()
    {
        ProbeReport report = Probe(runtime.Bundle("probe").WithoutNamespace("pid"));
        Assert.True(int.Parse(report["pid"]) > 1);
    }

    [RootFact]
    public void System_V_memory_of_the_host_is_not_seen_in_a_new_ipc_namespace()
    {
        string id = ChildProcess.Run(["ipcmk", "-Q"]).Succeeds().Text.Split(' ')[^1];
        try
        {
            Assert.DoesNotContain($" {id} ", runtime.RunBundle(runtime.Bundle("cat", "/proc/sysvipc/msg")).Succeeds().Stdout);
            Assert.Contains($" {id} ", runtime.RunBundle(runtime.Bundle("cat", "/proc/sysvipc/msg").WithoutNamespace("ipc").WithoutMount("/dev/mqueue")).Succeeds().Stdout);
        }
        finally { ChildProcess.Run(["ipcrm", "-q", id]).Succeeds(); }
    }

    private ProbeReport Probe(BundleBuilder bundle) => new(runtime.RunBundle(bundle).Succeeds().Stdout);

    private static string OnHost(string file)
    {
        Assert.True(Files.TryReadLink("/proc/self/ns/" + file, out string link) == Linux.Errno.None);
        return link;
    }
}
