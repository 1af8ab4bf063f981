using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Packaging.Tests;

/// <summary>An installed daemon as a service: units, sockets that are handed over, what the service manager hears.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly Destination destination = new();

    public void Dispose() => destination.Dispose();

    [InstallFact("systemd-analyze")]
    public void Systemd_reads_the_units_without_a_complaint()
    {
        destination.Install().Succeeds();
        CommandResult verified = ChildProcess.Run(InstalledDaemon.In(destination, ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "keelsond.service", "keelsond.socket"]), Destination.Patient).Succeeds();
        Assert.Equal("", verified.Stdout + verified.Stderr);

        // It does complain of a unit that is wrong.
        File.AppendAllText(destination.At("/usr/local/lib/systemd/system/keelsond.service"), "[Service]\nNoSuchSetting=1\n");
        Assert.Contains("NoSuchSetting", ChildProcess.Run(InstalledDaemon.In(destination, ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "keelsond.service"]), Destination.Patient).Stderr, StringComparison.Ordinal);
    }

    [InstallFact("systemd-socket-activate docker busybox")]
    public void The_first_client_starts_the_daemon_and_its_container_runs()
    {
        destination.Install().Succeeds();
        using InstalledDaemon daemon = new(destination);

        daemon.Import();
        Assert.Equal("READY=1", daemon.Hear());
        CommandResult ran = daemon.Docker("run", "--rm", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, "busybox", "echo", "from inside").Succeeds();
        Assert.Equal("from inside", ran.Text);

        // Our own command line, where it was installed.
        CommandResult version = ChildProcess.Run([destination.At("/usr/local/bin/keelson"), "-H", "unix://" + daemon.DockerSocket, "version"]).Succeeds();
        Assert.Contains(Destination.Version, version.Stdout, StringComparison.Ordinal);

        Files.TryStatus(daemon.DockerSocket, out FileStatus before).ThrowIfError("stat");
        daemon.Stop().Succeeds();
        Assert.Equal("STOPPING=1", daemon.Hear());
        // The socket is the manager's, and waits for the next daemon.
        Files.TryStatus(daemon.DockerSocket, out FileStatus after).ThrowIfError("stat");
        Assert.Equal(before.Inode, after.Inode);
    }

    [InstallFact("systemd-socket-activate docker busybox")]
    public void Programs_that_the_daemon_starts_are_no_services()
    {
        destination.Install().Succeeds();
        using InstalledDaemon daemon = new(destination);
        daemon.Import();
        daemon.Docker("run", "-d", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, "busybox", "sleep", "1000").Succeeds();

        string[] shims =
        [
            .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out int pid) && pid != daemon.Pid)
                .Select(pid => Files.TryReadAll($"/proc/{pid}/environ", out ReadOnlyMemory<byte> text) == Errno.None ? System.Text.Encoding.UTF8.GetString(text.Span) : "")
                .Where(environment => environment.Split('\0').Contains(daemon.ShimSockets)),
        ];

        Assert.NotEmpty(shims);
        Assert.DoesNotContain(shims, environment => environment.Contains("NOTIFY_SOCKET=", StringComparison.Ordinal) || environment.Contains("LISTEN_", StringComparison.Ordinal));
    }

    [InstallFact("systemd-socket-activate docker")]
    public void A_socket_that_nobody_serves_is_named_and_the_daemon_ends()
    {
        destination.Install().Succeeds();
        string other = $"{destination.Root}/other.sock";
        using InstalledDaemon daemon = new(destination, other);
        daemon.Docker("version");
        daemon.WaitForEnd().Fails("sockets of the service manager", "nothing is configured to listen at " + other);
    }

    [InstallFact("systemd-socket-activate docker")]
    public void Sockets_of_the_configuration_are_handed_over_too()
    {
        destination.Install().Succeeds();
        string path = $"{destination.Root}/second.sock", address = $"127.0.0.1:{LoopbackPort.Free()}";
        File.AppendAllText(destination.At(Destination.Config), $"[[docker.sockets]]\naddress = \"{path}\"\n[metrics]\naddress = \"{address}\"\n");
        using InstalledDaemon daemon = new(destination, path, address);

        ChildProcess.Run(["/usr/bin/docker", "-H", "unix://" + path, "version"]).Succeeds();
        Assert.Equal("READY=1", daemon.Hear());
        using HttpClient client = new();
        Assert.Contains("keelson", client.GetStringAsync(new Uri($"http://{address}/v1/metrics")).GetAwaiter().GetResult(), StringComparison.Ordinal);
    }

    [InstallFact("sh")]
    public void A_descriptor_that_is_no_listening_socket_is_named()
    {
        destination.Install().Succeeds();
        string program = destination.At("/usr/local/bin/keelsond"), root = destination.At("/data");
        const string AsService = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" --root \"$1\" --state \"$1/state\" --bridge none 3< /dev/null";
        ChildProcess.Run(["sh", "-c", AsService, program, root]).Fails("take socket 3 of the service manager");
        ChildProcess.Run(["sh", "-c", AsService.Replace("< /dev/null", "<&-", StringComparison.Ordinal), program, root]).Fails("take socket 3 of the service manager");
    }

    [InstallFact("systemd-socket-activate docker")]
    public void Every_line_of_the_default_configuration_can_be_uncommented()
    {
        destination.Install().Succeeds();
        string[] lines = [.. File.ReadAllLines(destination.At(Destination.Config)).Select(line => line is ['#', >= 'a' and <= 'z' or '[', ..] ? line[1..] : line)];
        Assert.Contains("[docker]", lines);
        // Those two sockets are the machine's.
        File.WriteAllLines(destination.At(Destination.Config), lines.Where(line => !line.StartsWith("address = \"/run", StringComparison.Ordinal)));
        using InstalledDaemon daemon = new(destination);
        daemon.Docker("version").Succeeds();
        Assert.Equal("READY=1", daemon.Hear());
    }
}
