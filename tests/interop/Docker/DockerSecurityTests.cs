namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: users, capabilities, seccomp, masks, devices, privileges.</summary>
public abstract class DockerSecurityTests(DockerdFixture docker)
{
    private const string Capabilities = "grep ^Cap /proc/self/status | tr -d '\\t' | tr '\\n' ' '";

    [DockerFact]
    public async Task The_default_capabilities_are_dockers() => (await docker.ShellAsync([], Capabilities))
        .Prints("CapInh:0000000000000000 CapPrm:00000000a80425fb CapEff:00000000a80425fb CapBnd:00000000a80425fb CapAmb:0000000000000000 ");

    [DockerFact]
    public async Task Cap_drop_takes_all_but_those_added() => (await docker.ShellAsync(["--cap-drop", "ALL", "--cap-add", "CHOWN"], Capabilities + "; chown 5 /tmp"))
        .Prints("CapInh:0000000000000000 CapPrm:0000000000000001 CapEff:0000000000000001 CapBnd:0000000000000001 CapAmb:0000000000000000 ");

    [DockerFact]
    public async Task Without_the_capability_chown_is_refused() => (await docker.ShellAsync(["--cap-drop", "CHOWN"], "chown 5 /tmp")).Fails("Operation not permitted");

    [DockerFact]
    public async Task With_the_capability_the_network_is_administered() => (await docker.ShellAsync(["--cap-add", "NET_ADMIN"], "ip link set lo mtu 1234; cat /sys/class/net/lo/mtu")).Prints("1234");

    [DockerFact]
    public async Task A_user_has_no_effective_capabilities() => (await docker.ShellAsync(["--user", "1000:1000"], "id; " + Capabilities)).Prints(
        "uid=1000(app) gid=1000(app) groups=1000(app)\nCapInh:0000000000000000 CapPrm:0000000000000000 CapEff:0000000000000000 CapBnd:00000000a80425fb CapAmb:0000000000000000 ");

    [DockerFact]
    public async Task A_user_by_name_gets_the_groups_of_the_image_and_those_added() =>
        (await docker.ShellAsync(["--user", "app", "--group-add", "4242"], "id -u; id -g; id -G")).Prints("1000\n1000\n1000 29 4242");

    [DockerFact]
    public async Task The_default_seccomp_profile_refuses_new_namespaces() =>
        (await docker.ShellAsync([], "grep ^Seccomp: /proc/self/status; unshare -U true")).Fails("unshare").Wrote("Seccomp:\t2");

    [DockerFact]
    public async Task Unconfined_means_no_seccomp_filter() =>
        (await docker.ShellAsync(["--security-opt", "seccomp=unconfined"], "grep ^Seccomp: /proc/self/status; unshare -U true")).Prints("Seccomp:\t0");

    [DockerFact]
    public async Task A_seccomp_profile_of_ones_own_answers_with_its_errno()
    {
        await docker.Host.WriteAsync("/run/errno.json", """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 30},
              {"names": ["symlink", "symlinkat"], "action": "SCMP_ACT_ERRNO"}]}
            """);
        CommandResult run = await docker.ShellAsync(["--security-opt", "seccomp=/run/errno.json"], "mkdir /tmp/a; ln -s a /tmp/b; touch /tmp/c && echo touched");
        run.Prints("touched");
        Assert.Contains("Read-only file system", run.Stderr);
        Assert.Contains("Operation not permitted", run.Stderr);
    }

    [DockerFact]
    public async Task A_seccomp_profile_compares_arguments()
    {
        // fchmodat(AT_FDCWD, path, 0777) is refused, other modes are not; busybox calls chmod or fchmodat.
        await docker.Host.WriteAsync("/run/arguments.json", """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 511, "op": "SCMP_CMP_EQ"}]},
              {"names": ["fchmodat"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 2, "value": 511, "op": "SCMP_CMP_EQ"}]}]}
            """);
        (await docker.ShellAsync(["--security-opt", "seccomp=/run/arguments.json"], "chmod 755 /tmp && chmod 777 /tmp")).Fails("Operation not permitted");
    }

    [DockerFact]
    public async Task A_seccomp_profile_kills_with_SIGSYS()
    {
        await docker.Host.WriteAsync("/run/kill.json", """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"}]}
            """);
        (await docker.RunAsync(["--security-opt", "seccomp=/run/kill.json"], "mkdir", "/tmp/a")).Exits(128 + 31);
    }

    [DockerFact]
    public async Task No_new_privileges_is_set_when_asked_for()
    {
        (await docker.ShellAsync([], "grep ^NoNewPrivs: /proc/self/status")).Prints("NoNewPrivs:\t0");
        (await docker.ShellAsync(["--security-opt", "no-new-privileges"], "grep ^NoNewPrivs: /proc/self/status")).Prints("NoNewPrivs:\t1");
    }

    [DockerFact]
    public async Task Masked_paths_are_empty_and_read_only_paths_refuse()
    {
        (await docker.ShellAsync([], "wc -c < /proc/keys; ls /proc/scsi | wc -l; head -c 1 /proc/kcore | wc -c; ls /sys/firmware | wc -l")).Prints("0\n0\n0\n0");
        (await docker.ShellAsync([], "echo 1 > /proc/sys/kernel/domainname")).Fails("Read-only file system");
        (await docker.ShellAsync([], "grep -E ' /proc/(bus|fs|irq|sys) ' /proc/mounts | grep -c ' ro,'")).Prints("4");
        (await docker.ShellAsync([], "mkdir /sys/fs/cgroup/pids/x")).Fails("Read-only file system");
    }

    [DockerFact]
    public async Task Unconfined_system_paths_are_not_masked() =>
        (await docker.ShellAsync(["--security-opt", "systempaths=unconfined"], "grep -c ' /proc/' /proc/mounts")).Exits(1);

    [DockerFact]
    public async Task Sysctls_of_the_namespaces_are_set() =>
        (await docker.ShellAsync(["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.shm_rmid_forced=1"], "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced")).Prints("1\n1");

    [DockerFact]
    public async Task A_device_is_there_with_the_access_that_was_given()
    {
        (await docker.ShellAsync(["--device", "/dev/fuse:/dev/other:r"], "stat -c '%F %t:%T' /dev/other; exec 3< /dev/other && echo opened; exec 4> /dev/other"))
            .Fails("Operation not permitted").Wrote("character special file a:e5\nopened");
        (await docker.ShellAsync(["--device", "/dev/fuse"], "exec 3<> /dev/fuse && echo opened")).Prints("opened");
    }

    [DockerFact]
    public async Task A_device_that_was_not_given_is_refused() =>
        (await docker.ShellAsync([], "mknod /tmp/loop b 7 0 && head -c 1 /tmp/loop")).Fails("Operation not permitted");

    [DockerFact]
    public async Task A_device_rule_opens_devices_made_inside() =>
        (await docker.ShellAsync(["--device-cgroup-rule", "c 10:229 r"], "mknod /tmp/fuse c 10 229 && exec 3< /tmp/fuse && echo opened")).Prints("opened");

    [DockerFact]
    public async Task The_default_devices_are_there() => (await docker.ShellAsync([], "ls /dev; stat -c %a /dev/null; for link in stdin fd ptmx; do readlink /dev/$link; done")).Prints(
        "fd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n666\n/proc/self/fd/0\n/proc/self/fd\npts/ptmx");

    [DockerFact]
    [Reference("runc", Reasons.AllCapabilities)]
    public async Task A_privileged_container_has_the_hosts_devices_and_capabilities()
    {
        string all = await docker.AllCapabilitiesAsync(37);
        (await docker.ShellAsync(["--privileged"], "sed -n 's/^Cap[EB][fn].:\t//p' /proc/self/status; test -e /dev/loop0 && mount -t tmpfs none /tmp && echo mounted; grep ^Seccomp: /proc/self/status"))
            .Prints($"{all}\n{all}\nmounted\nSeccomp:\t0");
        (await docker.ShellAsync(["--privileged"], "mkdir /sys/fs/cgroup/pids/x && rmdir /sys/fs/cgroup/pids/x && exec 3< /dev/loop0 && echo opened")).Prints("opened");
    }
}
