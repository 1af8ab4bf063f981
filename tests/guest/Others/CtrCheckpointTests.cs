using Keelson.Guest.Support;

namespace Keelson.Guest.Others;

/// <summary>ctr's checkpoints of containers of our shim, which gives them the client's fifos themselves: with Debian's containerd, and with keelsond. Rows C5 and C6.</summary>
[Collection(Daemons.Collection)]
public sealed class CtrCheckpointTests : IDisposable
{
    private CtrDaemon? daemon;

    private CtrDaemon Daemon => daemon!;

    public void Dispose() => daemon?.Dispose();

    [SystemdV2Fact]
    public void Of_containerd_goes_on_with_the_streams_of_the_client_that_restores_it() => GoesOn(CtrDaemon.StartContainerd());

    [SystemdV2Fact]
    public void Of_keelsond_goes_on_with_the_streams_of_the_client_that_restores_it() => GoesOn(CtrDaemon.StartKeelsond());

    [SystemdV2Fact]
    public void Of_containerd_ends_when_it_is_told_to() => Ends(CtrDaemon.StartContainerd());

    [SystemdV2Fact]
    public void Of_keelsond_ends_when_it_is_told_to() => Ends(CtrDaemon.StartKeelsond());

    private void GoesOn(CtrDaemon started)
    {
        daemon = started;
        using ChildProcess run = StartCounter("one");
        int before = Machine.Last(run.Stdout);

        Daemon.Ctr("containers", "checkpoint", "--task", "--image", "--rw", "one", "saved").Succeeds();

        AwaitMore(run, Machine.Last(run.Stdout));
        Assert.Contains("RUNNING", Daemon.Ctr("tasks", "list").Succeeds().Stdout, StringComparison.Ordinal);
        // Its configuration names the group of the first one, which has it.
        Daemon.Ctr("containers", "restore", "--live", "two", "saved").Fails("there is one, with processes in it");
        Daemon.Ctr("tasks", "delete", "two").Succeeds();
        Daemon.Ctr("containers", "delete", "two").Succeeds();
        int last = End("one", run);

        Daemon.Ctr("containers", "restore", "--live", "--rw", "two", "saved").Succeeds();

        using ChildProcess attached = Daemon.Start("tasks", "attach", "two");
        AwaitMore(attached, 0);
        // What it writes first follows what was saved: it neither begins anew nor knows of what came after.
        Assert.InRange(First(attached), before + 1, last);
        Assert.Equal("kept\n", Daemon.Ctr("tasks", "exec", "--exec-id", "look", "two", "cat", "/file").Succeeds().Stdout);
        End("two", attached);
    }

    private void Ends(CtrDaemon started)
    {
        daemon = started;
        using ChildProcess run = StartCounter("one");
        string images = Daemon.Folder + "/images";

        Daemon.Ctr("tasks", "checkpoint", "--exit", "--image-path", images, "--work-path", Daemon.Folder + "/work", "one").Succeeds();

        run.WaitForEnd(Machine.Patience).Exits(128 + Linux.Sys.Signals.SIGKILL);
        Assert.DoesNotContain("one", Daemon.Ctr("tasks", "list").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(images, "core-*.img"));
        Daemon.Ctr("containers", "delete", "one").Succeeds();
    }

    private ChildProcess StartCounter(string name)
    {
        ChildProcess run = Daemon.Start("run", BusyboxArchive.Image, name, "sh", "-c", "echo kept > /file; " + Machine.Counter[^1]);
        AwaitMore(run, 3);
        return run;
    }

    /// <summary>Ends a container and its client, and deletes it.</summary>
    /// <returns>How far it had come.</returns>
    private int End(string name, ChildProcess client)
    {
        Daemon.Ctr("tasks", "kill", "--signal", "KILL", name).Succeeds();
        client.WaitForEnd(Machine.Patience).Exits(128 + Linux.Sys.Signals.SIGKILL);
        Daemon.Ctr("containers", "delete", name).Succeeds();
        return Machine.Last(client.Stdout);
    }

    private static void AwaitMore(ChildProcess client, int than)
    {
        Condition.Await($"more than {than} from ctr", () => Machine.Last(client.Stdout) > than || client.HasEnded, Machine.Patience);
        Assert.False(client.HasEnded, client.Stderr);
    }

    private static int First(ChildProcess client) => int.Parse(client.Stdout[..client.Stdout.IndexOf('\n')], System.Globalization.CultureInfo.InvariantCulture);
}
