namespace Keelson.Conformance;

/// <summary><c>mounts add</c> and <c>mounts remove</c> on a running container. Row R38.</summary>
[Reference("runc", "has no such command; crun has since 1.20")]
public sealed class LiveMountTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_directory_is_bound_into_a_running_container_and_taken_out_again()
    {
        TestContainer container = runtime.StartSleeping();
        string mounts = MountsFile("""[{"destination": "/mnt", "type": "bind", "source": "WORK/shared", "options": ["bind"]}]""");
        Directory.CreateDirectory(runtime.WorkDirectory + "/shared");
        File.WriteAllText(runtime.WorkDirectory + "/shared/file", "added");

        runtime.Run("mounts", "add", container.Id, mounts).Succeeds();
        Assert.Equal("added", container.Exec("cat", "/mnt/file").Succeeds().Stdout);
        container.Exec("sh", "-c", "echo back > /mnt/answer").Succeeds();
        Assert.Equal("back\n", File.ReadAllText(runtime.WorkDirectory + "/shared/answer"));

        runtime.Run("mounts", "remove", container.Id, mounts).Succeeds();
        Assert.Equal("", container.Exec("ls", "-A", "/mnt").Succeeds().Stdout);
    }

    [RootFact]
    public void Flags_hold_for_an_added_mount()
    {
        TestContainer container = runtime.StartSleeping();
        Directory.CreateDirectory(runtime.WorkDirectory + "/shared");
        runtime.Run("mounts", "add", container.Id, MountsFile("""[{"destination": "/mnt", "type": "bind", "source": "WORK/shared", "options": ["rbind", "ro", "nosuid", "noexec"]}]""")).Succeeds();
        MountEntry.At(MountEntry.Parse(container.Exec("cat", "/proc/self/mountinfo").Succeeds().Stdout), "/mnt").MustHave("ro,nosuid,noexec");
    }

    [RootFact]
    public void A_tmpfs_is_added()
    {
        TestContainer container = runtime.StartSleeping();
        runtime.Run("mounts", "add", container.Id, MountsFile("""[{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["size=64k"]}]""")).Succeeds();
        MountEntry.At(MountEntry.Parse(container.Exec("cat", "/proc/self/mountinfo").Succeeds().Stdout), "/mnt").FileSystemMustHave("size=64k");
    }

    [RootFact]
    public void A_missing_source_is_an_error_and_changes_nothing()
    {
        TestContainer container = runtime.StartSleeping();
        string before = container.Exec("cat", "/proc/self/mountinfo").Succeeds().Stdout;
        runtime.Run("mounts", "add", container.Id, MountsFile("""[{"destination": "/mnt", "type": "bind", "source": "WORK/absent", "options": ["bind"]}]""")).Fails("absent");
        Assert.Equal(before, container.Exec("cat", "/proc/self/mountinfo").Succeeds().Stdout);
    }

    [RootFact]
    public void A_mount_that_is_not_there_cannot_be_removed() =>
        runtime.Run("mounts", "remove", runtime.StartSleeping().Id, MountsFile("""[{"destination": "/mnt"}]""")).Fails("/mnt");

    [RootFact]
    public void An_unknown_id_does_not_exist() => runtime.Run("mounts", "add", runtime.NewId(), MountsFile("[]")).Fails("does not exist");

    [RootFact]
    public void A_stopped_container_gets_no_mounts()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        runtime.Run("mounts", "add", container.Id, MountsFile("""[{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs"}]""")).Fails();
    }

    private string MountsFile(string json)
    {
        string path = runtime.WorkDirectory + "/mounts.json";
        File.WriteAllText(path, json.Replace("WORK", runtime.WorkDirectory, StringComparison.Ordinal));
        return path;
    }
}
