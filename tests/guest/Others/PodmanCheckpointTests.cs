using Keelson.Guest.Support;

namespace Keelson.Guest.Others;

/// <summary>podman with our runtime: <c>container checkpoint</c> and <c>restore</c>, and an exported checkpoint. Debian's runc is the control. Row R35.</summary>
[Collection(Podmans.Collection)]
public sealed class PodmanCheckpointTests
{
    private const string Name = "counter";

    [SystemdV2Fact]
    public void Of_runc_goes_on_where_it_was() => GoesOn("/usr/sbin/runc");

    [SystemdV2Fact]
    public void Of_ours_goes_on_where_it_was() => GoesOn(Repository.PublishedRuntime);

    private static void GoesOn(string runtime)
    {
        using Podman podman = new(runtime);
        // criu 3.17 does not know all that the profile of seccomp filters, and podman 4.3 does not always find the library that reads the journal.
        podman.Run(["run", "--detach", "--name", Name, "--network", "none", "--log-driver", "k8s-file", "--security-opt", "seccomp=unconfined", "localhost/box", .. Machine.Counter]).Succeeds();
        Condition.Await("the count", () => Count() > 3, Machine.Patience);

        podman.Run("container", "checkpoint", Name).Succeeds();
        int saved = Count();
        podman.Run("container", "restore", Name).Succeeds();
        Condition.Await("the count to go on", () => Count() > saved, Machine.Patience);

        string archive = TestDirectory.Make("export") + "/checkpoint.tar.gz";
        podman.Run("container", "checkpoint", "--export", archive, Name).Succeeds();
        saved = Count();
        podman.Run("rm", Name).Succeeds();
        podman.Run("container", "restore", "--import", archive).Succeeds();
        // The log is a new one, which begins where the other ended.
        Condition.Await("the count to go on", () => Count() > saved, Machine.Patience);
        TestDirectory.Remove(Path.GetDirectoryName(archive)!);

        int Count() => Machine.Last(podman.Run("logs", Name).Succeeds().Stdout);
    }
}
