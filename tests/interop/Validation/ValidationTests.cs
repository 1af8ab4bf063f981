namespace Keelson.Interop.Tests;

/// <summary>The validation programs of the OCI runtime-tools: what they find wrong is known, and why.</summary>
public class ValidationTests(ValidationFixture programs) : IClassFixture<ValidationFixture>
{
    /// <summary>The programs, by their names in the sources.</summary>
    public static TheoryData<string> Programs { get; } =
    [
        "config_updates_without_affect", "create", "default", "delete", "delete_only_create_resources", "delete_resources", "hooks", "hooks_stdin", "hostname", "kill",
        "kill_no_effect", "killsig", "linux_cgroups_blkio", "linux_cgroups_cpus", "linux_cgroups_devices", "linux_cgroups_hugetlb", "linux_cgroups_memory",
        "linux_cgroups_network", "linux_cgroups_pids", "linux_cgroups_relative_blkio", "linux_cgroups_relative_cpus", "linux_cgroups_relative_devices",
        "linux_cgroups_relative_hugetlb", "linux_cgroups_relative_memory", "linux_cgroups_relative_network", "linux_cgroups_relative_pids", "linux_devices",
        "linux_masked_paths", "linux_mount_label", "linux_ns_itype", "linux_ns_nopath", "linux_ns_path", "linux_ns_path_type", "linux_process_apparmor_profile",
        "linux_readonly_paths", "linux_rootfs_propagation", "linux_seccomp", "linux_sysctl", "linux_uid_mappings", "misc_props", "mounts", "pidfile", "poststart",
        "poststart_fail", "poststop", "poststop_fail", "prestart", "prestart_fail", "process", "process_capabilities", "process_capabilities_fail",
        "process_oom_score_adj", "process_rlimits", "process_rlimits_fail", "process_user", "root_readonly_true", "start", "state",
    ];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_validation_program_finds_nothing_wrong_but_what_is_known(string program)
    {
        Assert.SkipUnless(Callers.Missing("go", "tini") is null, Callers.Missing("go", "tini") ?? "");
        Assert.SkipUnless(programs.IsBuilt, "needs the sources of the OCI runtime-tools");
        CommandResult result = await programs.RunAsync(program);
        Fails other = Path.GetFileName(RuntimeUnderTest.Program) == "runc" ? Fails.Keelson : Fails.Runc;
        IEnumerable<ValidationException> known = ValidationException.All.Where(exception => exception.Program == program && exception.Who != other);
        string[] faults = [.. ValidationReport.Read(result).Faults.Where(fault => !known.Any(exception => fault.Contains(exception.Fault, StringComparison.Ordinal)))];
        Assert.True(faults.Length == 0, $"{string.Join('\n', faults)}\n{result}");
    }
}
