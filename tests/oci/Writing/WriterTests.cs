using System.Text;

namespace Keelson.Oci.Tests;

public class WriterTests
{
    [Fact]
    public void A_configuration_that_was_read_is_written_the_same()
    {
        RuntimeSpec spec = Samples.Parse(Samples.Full);
        foreach (bool indented in new[] { true, false }) Model.AssertEqual(spec, RuntimeSpecParser.Parse(RuntimeSpecWriter.ToUtf8(spec, indented)));
    }

    [Fact]
    public void A_configuration_is_indented_with_tabs()
    {
        string json = Encoding.UTF8.GetString(RuntimeSpecWriter.ToUtf8(Samples.Parse(Samples.Minimal)));
        Assert.Equal("{\n\t\"ociVersion\": \"1.3.0\",\n\t\"root\": {\n\t\t\"path\": \"rootfs\"\n\t}\n}", json);
    }

    [Fact]
    public void Text_is_written_as_it_is_where_JSON_allows_it()
    {
        ProcessSpec process = new() { Args = ["a<b>&'c'+é€😀\"\\\n\u0001"], Cwd = "/" };
        string json = Encoding.UTF8.GetString(RuntimeSpecWriter.ToUtf8(process, indented: false));
        Assert.Contains("a<b>&'c'+é€", json);
        Model.AssertEqual(process, ProcessSpecParser.Parse(Samples.Utf8(json)));
    }

    [Fact]
    public void A_state_for_hooks_is_one_line()
    {
        ContainerState state = new() { OciVersion = "1.3.0", Id = "c1", Status = ContainerStatus.Running, Pid = 4422, Bundle = "/b", Annotations = { ["k"] = "v" } };
        Assert.Equal("""{"ociVersion":"1.3.0","id":"c1","status":"running","pid":4422,"bundle":"/b","annotations":{"k":"v"}}""", Encoding.UTF8.GetString(ContainerStateWriter.ToUtf8(state)));
    }

    [Fact]
    public void A_state_without_process_and_annotations_leaves_them_out()
    {
        ContainerState state = new() { OciVersion = "1.3.0", Id = "c1", Status = ContainerStatus.Stopped, Bundle = "/b" };
        Assert.Equal("""{"ociVersion":"1.3.0","id":"c1","status":"stopped","bundle":"/b"}""", Encoding.UTF8.GetString(ContainerStateWriter.ToUtf8(state)));
    }

    [Fact]
    public void A_process_state_for_a_listener_names_its_descriptors()
    {
        ContainerProcessState state = new()
        {
            OciVersion = "1.3.0",
            Fds = [ContainerProcessState.SeccompFd],
            Pid = 7,
            Metadata = "m",
            State = new() { OciVersion = "1.3.0", Id = "c", Status = ContainerStatus.Creating, Pid = 7, Bundle = "/b" },
        };
        Assert.Equal(
            """{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":7,"metadata":"m","state":{"ociVersion":"1.3.0","id":"c","status":"creating","pid":7,"bundle":"/b"}}""",
            Encoding.UTF8.GetString(ContainerStateWriter.ToUtf8(state)));
    }

    [Fact]
    public void Features_that_are_not_known_are_left_out_and_empty_ones_are_not()
    {
        FeaturesDocument features = new() { OciVersionMin = "1.0.0", OciVersionMax = "1.3.0", Hooks = [], Linux = new() { Seccomp = new() { Enabled = false } } };
        Assert.Equal("""{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","hooks":[],"linux":{"seccomp":{"enabled":false}}}""", Encoding.UTF8.GetString(FeaturesWriter.ToUtf8(features, indented: false)));
    }

    [Fact]
    public void A_whole_features_document_is_written()
    {
        FeatureSwitch on = new() { Enabled = true };
        FeaturesDocument features = new()
        {
            OciVersionMin = "1.0.0",
            OciVersionMax = "1.3.0",
            Hooks = ["prestart"],
            MountOptions = ["ro"],
            Linux = new()
            {
                Namespaces = ["pid"],
                Capabilities = ["CAP_KILL"],
                Cgroup = new() { V1 = true, V2 = true, Systemd = false, SystemdUser = false, Rdma = true },
                Seccomp = new() { Enabled = true, Actions = ["a"], Operators = ["o"], Archs = ["x"], KnownFlags = ["k"], SupportedFlags = ["s"] },
                Apparmor = on,
                Selinux = on,
                IntelRdt = new() { Enabled = true, Schemata = true, Monitoring = true },
                MemoryPolicy = new() { Modes = ["m"], Flags = ["f"] },
                MountExtensions = new() { Idmap = on },
                NetDevices = on,
            },
            Annotations = new() { ["a"] = "b" },
            PotentiallyUnsafeConfigAnnotations = ["x."],
        };
        Assert.Equal(
            """{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","hooks":["prestart"],"mountOptions":["ro"],"linux":{"namespaces":["pid"],"capabilities":["CAP_KILL"]"""
            + ""","cgroup":{"v1":true,"v2":true,"systemd":false,"systemdUser":false,"rdma":true}"""
            + ""","seccomp":{"enabled":true,"actions":["a"],"operators":["o"],"archs":["x"],"knownFlags":["k"],"supportedFlags":["s"]}"""
            + ""","apparmor":{"enabled":true},"selinux":{"enabled":true},"intelRdt":{"enabled":true,"schemata":true,"monitoring":true}"""
            + ""","memoryPolicy":{"modes":["m"],"flags":["f"]},"mountExtensions":{"idmap":{"enabled":true}},"netDevices":{"enabled":true}}"""
            + ""","annotations":{"a":"b"},"potentiallyUnsafeConfigAnnotations":["x."]}""",
            Encoding.UTF8.GetString(FeaturesWriter.ToUtf8(features, indented: false)));
    }
}
