namespace Keelson.Interop.Tests;

/// <summary>dockerd 20.10: volumes, temporary file systems, read-only roots, copies.</summary>
public abstract class DockerFilesystemTests(DockerdFixture docker)
{
    /// <summary>Makes a directory in the host with a file <c>file</c> that holds "host", and one directory <c>below</c>.</summary>
    private async Task<string> DirectoryAsync()
    {
        string directory = $"/run/{docker.NewName()}";
        await docker.Host.WriteAsync(directory + "/file", "host\n");
        await docker.Host.WriteAsync(directory + "/below/file", "below\n");
        return directory;
    }

    [DockerFact]
    public async Task The_root_is_written_unless_it_is_read_only()
    {
        (await docker.ShellAsync([], "echo x > /file && cat /file")).Prints("x");
        (await docker.ShellAsync(["--read-only"], "touch /file")).Fails("Read-only file system");
    }

    [DockerFact]
    public async Task A_read_only_root_leaves_dev_and_temporary_file_systems_writable() =>
        (await docker.ShellAsync(["--read-only", "--tmpfs", "/tmp"], "touch /dev/shm/a /tmp/b && echo x > /dev/null && echo written")).Prints("written");

    [DockerFact]
    public async Task A_temporary_file_system_has_the_options_that_were_asked_for() =>
        (await docker.ShellAsync(["--tmpfs", "/new/place:size=1m,mode=0710,uid=1000"], "stat -c '%a %u' /new/place; grep ' /new/place ' /proc/mounts | grep -c 'nosuid,nodev,noexec.*size=1024k'; dd if=/dev/zero of=/new/place/file bs=2000000 count=1"))
            .Fails("No space left on device").Wrote("710 1000\n1");

    [DockerFact]
    public async Task A_bind_mount_is_written_through()
    {
        string directory = await DirectoryAsync();
        (await docker.ShellAsync(["--volume", $"{directory}:/data"], "cat /data/file /data/below/file; echo container > /data/file")).Prints("host\nbelow");
        Assert.Equal("container\n", await File.ReadAllTextAsync(docker.Host.Root + directory + "/file"));
    }

    [DockerFact]
    public async Task A_read_only_bind_mount_refuses_writes()
    {
        string directory = await DirectoryAsync();
        (await docker.ShellAsync(["--volume", $"{directory}:/data:ro"], "cat /data/file; echo container > /data/file")).Fails("Read-only file system").Wrote("host");
    }

    [DockerFact]
    public async Task A_file_is_bound_over_a_file()
    {
        string directory = await DirectoryAsync();
        (await docker.ShellAsync(["--volume", $"{directory}/file:/etc/plain:ro"], "cat /etc/plain")).Prints("host");
    }

    [DockerFact]
    public async Task Volumes_lie_in_volumes()
    {
        string outer = await DirectoryAsync(), inner = await DirectoryAsync();
        (await docker.ShellAsync(
                ["--volume", $"{outer}:/data:ro", "--volume", $"{inner}:/data/below", "--tmpfs", "/data/below/below", "--volume", $"{outer}/file:/data/below/below/deep"],
                "cat /data/below/file /data/below/below/deep; touch /data/below/new /data/below/below/new && echo written; touch /data/new"))
            .Fails("Read-only file system").Wrote("host\nhost\nwritten");
    }

    [DockerFact]
    public async Task Mounts_below_a_bind_mount_come_along_unless_told_otherwise()
    {
        string directory = await DirectoryAsync();
        (await docker.Host.RunAsync("mount", "-t", "tmpfs", "none", directory + "/below")).Succeeds();
        (await docker.ShellAsync(["--mount", $"type=bind,src={directory},dst=/data"], "ls /data/below")).Prints("");
        (await docker.ShellAsync(["--mount", $"type=bind,src={directory},dst=/data,bind-nonrecursive=true"], "ls /data/below")).Prints("file");
    }

    [DockerFact]
    public async Task Mounts_made_on_the_host_arrive_in_a_slave_mount_and_stay_out_of_a_private_one()
    {
        string directory = await DirectoryAsync();
        (await docker.Host.RunAsync("sh", "-c", $"mount --bind {directory} {directory} && mount --make-shared {directory}")).Succeeds();
        await using EngineContainer container = await docker.StartIdleAsync("--volume", $"{directory}:/slave:rslave", "--volume", $"{directory}:/private");
        (await docker.Host.RunAsync("mount", "-t", "tmpfs", "none", directory + "/below")).Succeeds();
        (await container.ShellAsync("ls /slave/below /private/below")).Prints("/private/below:\nfile\n\n/slave/below:");
    }

    [DockerFact]
    public async Task Mounts_made_in_a_shared_mount_arrive_on_the_host()
    {
        string directory = await DirectoryAsync();
        (await docker.Host.RunAsync("sh", "-c", $"mount --bind {directory} {directory} && mount --make-shared {directory}")).Succeeds();
        (await docker.ShellAsync(["--cap-add", "SYS_ADMIN", "--volume", $"{directory}:/data:rshared"], "mount -t tmpfs -o size=3m none /data/below")).Succeeds();
        (await docker.Host.RunAsync("findmnt", "--first-only", "--noheadings", "--output", "SIZE", directory + "/below")).Prints("  3M");
    }

    [DockerFact]
    public async Task A_named_volume_starts_with_the_files_of_the_image_and_keeps_changes()
    {
        string volume = docker.NewName();
        (await docker.ShellAsync(["--volume", $"{volume}:/etc"], "echo added >> /etc/plain")).Succeeds();
        (await docker.ShellAsync(["--volume", $"{volume}:/data"], "tail -n 1 /data/plain")).Prints("added");
        (await docker.CliAsync("volume", "rm", volume)).Succeeds();
    }

    [DockerFact]
    public async Task Another_containers_volumes_are_taken_over()
    {
        await using EngineContainer container = await docker.StartIdleAsync("--volume", "/data");
        (await container.ShellAsync("echo theirs > /data/file")).Succeeds();
        (await docker.RunAsync(["--volumes-from", container.Name], "cat", "/data/file")).Prints("theirs");
    }

    [DockerFact]
    public async Task Shared_memory_has_the_size_that_was_asked_for() =>
        (await docker.ShellAsync(["--shm-size", "3m"], "grep ' /dev/shm ' /proc/mounts | grep -o 'size=[^, ]*'")).Prints("size=3072k");

    [DockerFact]
    public async Task Files_are_copied_into_and_out_of_a_running_container()
    {
        string directory = await DirectoryAsync();
        await using EngineContainer container = await docker.StartIdleAsync("--tmpfs", "/tmp");
        (await docker.CliAsync("cp", directory + "/file", container.Name + ":/copied")).Succeeds();
        (await container.ExecAsync("cat", "/copied")).Prints("host");
        (await docker.CliAsync("cp", container.Name + ":/etc/plain", directory + "/plain")).Succeeds();
        Assert.Contains("echo never", await File.ReadAllTextAsync(docker.Host.Root + directory + "/plain"), StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task Files_are_copied_out_of_an_ended_container_with_volumes()
    {
        string directory = await DirectoryAsync();
        await using EngineContainer container = await docker.StartShellAsync(["--volume", "/data"], "echo kept > /data/kept");
        await container.WaitAsync();
        (await docker.CliAsync("cp", container.Name + ":/data/kept", directory + "/kept")).Succeeds();
        Assert.Equal("kept\n", await File.ReadAllTextAsync(docker.Host.Root + directory + "/kept"));
    }

    [DockerFact]
    public async Task Changes_are_listed_and_mount_points_are_made_where_the_image_has_none()
    {
        await using EngineContainer container = await docker.StartShellAsync(["--volume", "/deep/down/data"], "rm /etc/plain; echo x > /root/new");
        await container.WaitAsync();
        Assert.Equal(["A /deep", "A /deep/down", "A /deep/down/data", "A /root/new", "C /etc", "C /root", "D /etc/plain"], (await container.DoAsync("diff")).Lines.Order(StringComparer.Ordinal));
    }

    [DockerFact]
    public async Task A_working_directory_that_the_image_lacks_is_made() => (await docker.RunAsync(["--workdir", "/new/place"], "pwd")).Prints("/new/place");

    [DockerFact]
    public async Task A_bind_mount_of_nothing_is_refused()
    {
        CommandResult run = (await docker.RunAsync(["--mount", "type=bind,src=/run/nothing,dst=/data"], "true")).Exits(125);
        Assert.Contains("bind source path does not exist", run.Stderr);
    }

    [DockerFact]
    public async Task A_directory_is_not_bound_over_a_file()
    {
        string directory = await DirectoryAsync();
        CommandResult run = await docker.RunAsync(["--volume", $"{directory}:/etc/plain"], "true");
        Assert.InRange(run.ExitCode, 125, 127);
        Assert.Contains("not a directory", run.Stderr);
    }
}
