namespace Keelson.Cni.Tests.Others;

/// <summary>Programs of others that ask our plug-in for networks: each in network and mount namespaces of its own.</summary>
public sealed class OthersTests
{
    /// <summary>A host with a file system for state, and a container's root.</summary>
    private const string Begin = """
        set -e
        mount -t tmpfs tmpfs /run
        mkdir -p /run/t/net.d /run/t/bin /run/lock /run/netns /run/t/root/bin /run/t/root/etc /run/t/root/tmp /run/t/root/proc
        # Those who ask keep results there.
        mkdir -p /run/t/lib /run/t/work
        mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/t/lib,workdir=/run/t/work /var/lib
        ip link set lo up
        cp /usr/lib/cni/* /run/t/bin/
        ln -s $KEELSON_CNI /run/t/bin/keelson
        cp /bin/busybox /run/t/root/bin/
        for applet in sh sleep ip wget httpd ping cat; do ln -s busybox /run/t/root/bin/$applet; done
        config='"stateDir":"/run/t/state","type":"keelson"'
        left() { ip -o link | grep -c kv || true; find /run/t/state/networks /run/t/state/run/sandboxes -type f; nft list tables | grep keelson || true; }

        """;

    private static CommandResult Run(string script)
    {
        Dictionary<string, string> environment = new() { ["KEELSON_CNI"] = Lab.Program, ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime) environment["DOTNET_ROOT"] = runtime;
        return ChildProcess.Run(["unshare", "--net", "--mount", "--propagation", "private", "bash", "-c", Begin + script], new() { Environment = environment, Limit = TimeSpan.FromSeconds(120) });
    }

    [RootFact]
    public void Podman_runs_containers_in_our_network_that_reach_each_other_and_are_reached()
    {
        CommandResult result = Run("""
            # crun wants one kind of cgroups.
            umount /sys/fs/cgroup/unified 2> /dev/null || true
            cat > /run/t/containers.conf << E
            [containers]
            default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
            [network]
            network_backend = "cni"
            cni_plugin_dirs = ["/run/t/bin"]
            network_config_dir = "/run/t/net.d"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            runtime = "crun"
            lock_type = "file"
            E
            echo '{"cniVersion":"0.4.0","name":"web","plugins":[{'$config',"ipam":{"subnet":"10.55.0.0/24"},"capabilities":{"portMappings":true,"ips":true,"mac":true}},{"type":"tuning"}]}' > /run/t/net.d/web.conflist
            export CONTAINERS_CONF=/run/t/containers.conf HOME=/run/t TMPDIR=/run/t
            p() { podman --root /run/t/store --runroot /run/t/podman --tmpdir /run/t/tmp --storage-driver vfs "$@"; }
            r() { p run --cgroups=disabled --security-opt seccomp=unconfined "$@"; }
            r -d --name one --network web -p 8080:80 --rootfs /run/t/root sh -c 'echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp' > /dev/null
            cp -a /run/t/root /run/t/root2
            echo between: $(r --rm --network web --ip 10.55.0.77 --mac-address 02:00:00:00:00:07 --rootfs /run/t/root2 sh -c 'until wget -qO- http://10.55.0.2/; do sleep 0.1; done; ip -o address show eth0; ip -o link show eth0')
            echo host: $(curl -sf -m 10 http://127.0.0.1:8080/)
            echo inspect: $(p inspect one --format '{{with index .NetworkSettings.Networks "web"}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}} {{.MacAddress}}{{end}}')
            p rm -f -t 0 one > /dev/null
            echo left: $(left)
            """).Succeeds();
        Assert.Contains("between: hello", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("inet 10.55.0.77/24", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("02:00:00:00:00:07", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("host: hello", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("inspect: 10.55.0.2/24 10.55.0.1 02:42:0a:37:00:02", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("left: 0\n", result.Stdout, StringComparison.Ordinal);
    }

    [RootFact]
    public void Containerd_s_ctr_runs_a_container_in_our_network()
    {
        CommandResult result = Run("""
            # Its directories are fixed: these are laid over the host's.
            for place in etc opt; do
              mkdir -p /run/t/$place /run/t/work-$place
              mount -t overlay overlay -o lowerdir=/$place,upperdir=/run/t/$place,workdir=/run/t/work-$place /$place
            done
            mkdir -p /etc/cni/net.d /opt/cni/bin
            rm -f /etc/cni/net.d/*
            cp -a /run/t/bin/. /opt/cni/bin/
            echo '{"cniVersion":"1.0.0","name":"web","plugins":[{'$config',"ipam":{"subnet":"10.56.0.0/24"}},{"type":"tuning"}]}' > /etc/cni/net.d/10-web.conflist
            cat > /run/t/config.toml << E
            version = 2
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [ttrpc]
            address = "/run/t/t.sock"
            [plugins."io.containerd.internal.v1.opt"]
            path = "/run/t/opt-containerd"
            E
            containerd --config /run/t/config.toml --root /run/t/containerd --state /run/t/cs --address /run/t/c.sock > /run/t/log 2>&1 &
            until ctr --address /run/t/c.sock version > /dev/null 2>&1; do sleep 0.1; done
            echo run: $(ctr --address /run/t/c.sock run --rm --cni --rootfs /run/t/root one /bin/sh -c '/bin/ip -o address show eth0; /bin/ip route; /bin/ping -c1 -W5 10.56.0.1') || cat /run/t/log
            kill %1
            wait %1 || true
            echo left: $(left)
            """).Succeeds();
        Assert.Contains("inet 10.56.0.2/24", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("default via 10.56.0.1", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("1 packets received", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("left: 0\n", result.Stdout, StringComparison.Ordinal);
    }
}
