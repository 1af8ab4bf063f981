using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Tests.Compile;

/// <summary>Labels of AppArmor and SELinux, written by the plan itself into directories that stand in for procfs and sysfs.</summary>
public sealed class LabelTests : IDisposable
{
    private const string Label = "system_u:system_r:container_t:s0:c1,c2";
    private readonly string root = TestDirectory.Make("labels");

    public LabelTests()
    {
        Place("proc/42/attr/exec", "");
        Place("proc/42/attr/apparmor/exec", "");
        Place("proc/42/attr/keycreate", "");
        File.CreateSymbolicLink(root + "/proc/self", "42");
    }

    public void Dispose() => TestDirectory.Remove(root);

    [Fact]
    public void An_AppArmor_profile_is_asked_for_in_its_own_file()
    {
        Place("sys/module/apparmor/parameters/enabled", "Y\n");
        Apply(new ProcessSpec { ApparmorProfile = "docker-default" });
        Assert.Equal(("exec docker-default", ""), (Written("attr/apparmor/exec"), Written("attr/exec")));
    }

    [Fact]
    public void A_kernel_without_that_file_takes_the_profile_in_the_common_one()
    {
        Place("sys/module/apparmor/parameters/enabled", "Y\n");
        Directory.Delete(root + "/proc/self/attr/apparmor", recursive: true);
        Apply(new ProcessSpec { ApparmorProfile = "docker-default" });
        Assert.Equal("exec docker-default", Written("attr/exec"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("N\n")]
    [InlineData("")]
    public void A_profile_on_a_kernel_that_does_not_enforce_it_is_refused(string? enabled)
    {
        if (enabled is not null) Place("sys/module/apparmor/parameters/enabled", enabled);
        KeelsonException error = Assert.Throws<KeelsonException>(() => Apply(new ProcessSpec { ApparmorProfile = "docker-default" }));
        Assert.Equal((ErrorKind.Unsupported, "process.apparmorProfile: 'docker-default' cannot be applied: apparmor is not enabled on this machine"), (error.Kind, error.Message));
        Assert.Equal("", Written("attr/apparmor/exec"));
    }

    [Fact]
    public void An_SELinux_label_is_asked_for()
    {
        Place("sys/fs/selinux/enforce", "1");
        Apply(new ProcessSpec { SelinuxLabel = Label });
        Assert.Equal((Label, "", Label), (Written("attr/exec"), Written("attr/apparmor/exec"), Written("attr/keycreate")));
    }

    [Fact]
    public void Without_a_keyring_of_its_own_no_label_is_asked_for_one()
    {
        Place("sys/fs/selinux/enforce", "1");
        Apply(new ProcessSpec { SelinuxLabel = Label }, noNewKeyring: true);
        Assert.Equal((Label, ""), (Written("attr/exec"), Written("attr/keycreate")));
    }

    [Fact]
    public void A_kernel_without_labels_of_keys_is_no_reason_to_fail()
    {
        Place("sys/fs/selinux/enforce", "1");
        File.Delete(root + "/proc/42/attr/keycreate");
        Apply(new ProcessSpec { SelinuxLabel = Label });
        Assert.Equal(Label, Written("attr/exec"));
    }

    [Fact]
    public void An_SELinux_label_on_a_kernel_without_it_is_refused()
    {
        KeelsonException error = Assert.Throws<KeelsonException>(() => Apply(new ProcessSpec { SelinuxLabel = Label }));
        Assert.Equal((ErrorKind.Unsupported, $"process.selinuxLabel: '{Label}' cannot be applied: selinux is not enabled on this machine"), (error.Kind, error.Message));
    }

    [Fact]
    public void Without_labels_nothing_is_written()
    {
        Apply(new ProcessSpec { ApparmorProfile = "", SelinuxLabel = "" });
        Assert.Equal(("", "", ""), (Written("attr/exec"), Written("attr/apparmor/exec"), Written("attr/keycreate")));
    }

    [Fact]
    public void A_link_in_the_place_of_the_file_is_not_followed()
    {
        Place("sys/fs/selinux/enforce", "1");
        File.Delete(root + "/proc/self/attr/exec");
        File.CreateSymbolicLink(root + "/proc/self/attr/exec", "../../elsewhere");
        PlanException error = Assert.Throws<PlanException>(() => Apply(new ProcessSpec { SelinuxLabel = Label }));
        Assert.Equal("open /proc/self/attr/exec: ELOOP (too many levels of symbolic links)", error.Message);
    }

    [Fact]
    public void Without_openat2_the_label_is_written_all_the_same()
    {
        Place("sys/fs/selinux/enforce", "1");
        Apply(new ProcessSpec { SelinuxLabel = Label }, hasOpenAt2: false);
        Assert.Equal(Label, Written("attr/exec"));
    }

    [RootFact]
    public void A_file_that_is_covered_by_a_mount_is_refused()
    {
        Place("sys/fs/selinux/enforce", "1");
        using HostMount cover = HostMount.Bind(root + "/proc/42/attr/apparmor/exec", root + "/proc/42/attr/exec");
        Assert.Equal(Errno.EXDEV, Assert.Throws<PlanException>(() => Apply(new ProcessSpec { SelinuxLabel = Label })).Errno);
        Assert.Equal("", Written("attr/apparmor/exec"));
    }

    private void Apply(ProcessSpec process, bool hasOpenAt2 = true, bool noNewKeyring = false)
    {
        using FdHandle proc = Files.Open(root + "/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        using SyscallPlan plan = new();
        ProcessRequest request = new()
        {
            Process = process,
            Environment = [],
            ContainerId = "c1",
            Channel = -1,
            GrantableCapabilities = 0,
            MaySetGroups = false,
            ChangesIds = false,
            SystemTree = root + "/sys",
            NoNewKeyring = noNewKeyring,
            Warn = static _ => { },
        };
        ProcessSteps steps = new(request, plan);
        steps.OpenProcFiles(new ProcPaths(plan, proc, hasOpenAt2));
        steps.WriteLabel();
        Cloner.RunHere(plan);
    }

    private void Place(string file, string text)
    {
        string path = $"{root}/{file}";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Written(string file) => File.ReadAllText($"{root}/proc/self/{file}");
}
