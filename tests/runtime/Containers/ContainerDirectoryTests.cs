using Keelson.Linux;
using Keelson.Oci;
using Keelson.Runtime.Containers;

namespace Keelson.Runtime.Tests.Containers;

public sealed class ContainerDirectoryTests : IDisposable
{
    private readonly string root = TestDirectory.Make("root");

    public void Dispose() => TestDirectory.Remove(root);

    private ContainerRecord NewRecord() => new() { Id = "x", Bundle = root, Rootfs = root, OciVersion = "1.3.0", Created = "2026-01-01T00:00:00Z" };

    [Fact]
    public void Creating_a_container_survives_commands_that_tidy_up_after_killed_ones()
    {
        ContainerRuntime runtime = new(new RuntimeOptions { Root = root });
        using CancellationTokenSource end = new();
        Exception? unexpected = null;
        Thread[] tidiers = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                Exception? seen = Record.Exception(() => runtime.Open("x").Dispose());
                if (seen is not KeelsonException { Kind: ErrorKind.NotFound }) unexpected = seen;
            }
        }))];
        foreach (Thread tidier in tidiers) tidier.Start();
        try
        {
            for (int i = 0; i < 5000; i++)
            {
                using ContainerDirectory directory = ContainerDirectory.Create(root, "x");
                using (directory.MakeGate()) Assert.True(directory.HasGate);
                directory.Remove();
            }
        }
        finally
        {
            end.Cancel();
            foreach (Thread tidier in tidiers) tidier.Join();
        }
        Assert.Null(unexpected);
    }

    [Fact]
    public void Looking_for_a_container_leaves_what_is_no_container_alone()
    {
        Directory.CreateDirectory(root + "/empty");
        Assert.Null(new ContainerRuntime(new RuntimeOptions { Root = root }).Find("empty"));
        Assert.True(Directory.Exists(root + "/empty"));
    }

    [Fact]
    public void A_container_that_was_opened_while_it_was_created_is_seen_as_it_is_afterwards()
    {
        ContainerRuntime runtime = new(new RuntimeOptions { Root = root });
        using ContainerDirectory creator = ContainerDirectory.Create(root, "x");
        ContainerRecord record = NewRecord();
        creator.Write(record);
        using Container container = runtime.Open("x"), other = runtime.Open("x");
        Assert.Equal(ContainerStatus.Creating, container.Status);

        using ChildProcess child = ChildProcess.Start(["sleep", "1000"]);
        record.Pid = child.Pid;
        Assert.Equal(Errno.None, ProcessStatus.TryRead(child.Pid, out ProcessStatus status));
        record.PidStart = status.StartTicks;
        creator.Write(record);
        creator.Unlock();

        Assert.Equal(ContainerStatus.Running, container.Status);
        Assert.Contains("not stopped: running", Assert.Throws<KeelsonException>(() => other.Delete()).Message);
    }

    [Fact]
    public void Looking_at_the_status_leaves_the_lock_with_its_holder()
    {
        ContainerRuntime runtime = new(new RuntimeOptions { Root = root });
        // The runtime was killed before it had a process.
        using (ContainerDirectory creator = ContainerDirectory.Create(root, "x"))
            creator.Write(NewRecord());
        using Container container = runtime.Open("x"), other = runtime.Open("x");
        Assert.True(container.TryLock());
        Assert.Equal(ContainerStatus.Stopped, container.Status);
        Assert.False(other.TryLock());
    }

    [Fact]
    public void A_damaged_state_file_is_named_in_the_error()
    {
        Directory.CreateDirectory(root + "/x");
        File.WriteAllText(root + "/x/state.json", """{"id":"x","pid":""");
        KeelsonException e = Assert.Throws<KeelsonException>(() => new ContainerRuntime(new RuntimeOptions { Root = root }).Find("x"));
        Assert.Equal((ErrorKind.DataLoss, $"read {root}/x/state.json: the container's state is damaged"), (e.Kind, e.Message));
    }
}
