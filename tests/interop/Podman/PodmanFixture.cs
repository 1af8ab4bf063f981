namespace Keelson.Interop.Tests;

/// <summary>podman in a private host whose cgroup layout it accepts, with the busybox image loaded.</summary>
public abstract class PodmanFixture() : EngineFixture(CgroupLayout.V1Only)
{
    /// <inheritdoc/>
    public override string[] RemoveCommand => ["rm", "--force", "--time", "0", "--volumes"];

    /// <inheritdoc/>
    protected override string[] RunOptions => ["--pull", "never"];

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        // podman raises these limits to its own by default, which needs CAP_SYS_RESOURCE.
        await Host.WriteAsync("/run/etc/containers.conf", """
            [containers]
            default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
            init_path = "/usr/bin/tini-static"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            [network]
            network_backend = "netavark"
            """);
        Host.Environment["CONTAINERS_CONF"] = "/run/etc/containers.conf";
        (await CliAsync("load", "--input", "/run/busybox.tar")).Succeeds();
    }
}
