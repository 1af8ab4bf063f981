namespace Keelson.Conformance;

/// <summary>What needs more than this kernel or machine may have: criu, AppArmor, SELinux, Intel RDT, systemd. Rows R17, R22, R28, R35.</summary>
public sealed class MachineFeatureTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();
    private readonly CommandOptions withoutPrograms = new() { Environment = new Dictionary<string, string> { ["PATH"] = "/nowhere" } };

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void Checkpoint_without_criu_names_it_and_leaves_the_container_running()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run(withoutPrograms, "checkpoint", "--image-path", runtime.WorkDirectory + "/image", container.Id).Exits(1).Fails("criu");
        Assert.Equal("running", container.Status);
    }

    [RootFact]
    public void Restore_without_criu_names_it_and_leaves_nothing()
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        Directory.CreateDirectory(runtime.WorkDirectory + "/image");
        runtime.Run(withoutPrograms, "restore", "--detach", "--image-path", runtime.WorkDirectory + "/image", "--work-path", runtime.WorkDirectory, "--bundle", bundle.Directory, runtime.NewId())
            .Exits(1).Fails("criu");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Checkpoint_takes_the_options_of_callers()
    {
        TestContainer container = runtime.StartSleeping();
        CommandResult result = runtime.Run(withoutPrograms, "checkpoint", "--image-path", runtime.WorkDirectory + "/image", "--work-path", runtime.WorkDirectory, "--leave-running",
            "--tcp-established", "--ext-unix-sk", "--shell-job", "--file-locks", "--manage-cgroups-mode", "soft", container.Id);
        result.Fails("criu");
    }

    [RootFact]
    public void Checkpoint_of_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("checkpoint", runtime.NewId()).Fails("does not exist");

    [RootFact]
    public void Checkpoint_with_a_mode_for_cgroups_that_is_none_is_an_error() =>
        runtime.Run("checkpoint", "--manage-cgroups-mode", "nothing", runtime.StartSleeping().Id).Fails();

    [RootFact]
    public void Restore_without_images_is_an_error()
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        runtime.Run("restore", "--image-path", runtime.WorkDirectory + "/absent", "--bundle", bundle.Directory, runtime.NewId()).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [WithoutFact(Need.NoAppArmor)]
    public void An_AppArmor_profile_on_a_kernel_without_it_is_refused()
    {
        runtime.RunBundle(runtime.Bundle("true").Set("process.apparmorProfile", "docker-default")).Fails("apparmor");
        Assert.Empty(runtime.FindLeaks());
    }

    [WithoutFact(Need.NoSelinux)]
    public void An_SELinux_label_on_a_kernel_without_it_is_refused()
    {
        runtime.RunBundle(runtime.Bundle("true").Set("process.selinuxLabel", "system_u:system_r:container_t:s0")).Fails("selinux");
        Assert.Empty(runtime.FindLeaks());
    }

    [WithoutFact(Need.NoSelinux)]
    public void A_label_of_mounts_on_a_kernel_without_SELinux_is_refused()
    {
        runtime.RunBundle(runtime.Bundle("true").Set("linux.mountLabel", "system_u:object_r:container_file_t:s0")).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [WithoutFact(Need.NoIntelRdt)]
    public void Intel_RDT_on_a_machine_without_it_is_refused()
    {
        runtime.RunBundle(runtime.Bundle("true").SetJson("linux.intelRdt", """{"closID": "group", "l3CacheSchema": "L3:0=f"}""")).Fails("rdt");
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void The_systemd_driver_wants_its_form_of_a_path()
    {
        BundleBuilder bundle = runtime.Bundle("true").Write();
        runtime.Run("--systemd-cgroup", "create", "--bundle", bundle.Directory, runtime.NewId()).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [WithoutFact(Need.NoSystemd)]
    public void The_systemd_driver_without_systemd_is_refused()
    {
        BundleBuilder bundle = runtime.Bundle("true").Set("linux.cgroupsPath", "system.slice:keelson:" + runtime.NewId()).Write();
        runtime.Run("--systemd-cgroup", "create", "--bundle", bundle.Directory, runtime.NewId()).Fails("systemd");
        Assert.Empty(runtime.FindLeaks());
    }
}
