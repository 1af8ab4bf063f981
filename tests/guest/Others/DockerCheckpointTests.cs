using Keelson.Guest.Support;

namespace Keelson.Guest.Others;

/// <summary>dockerd with our runtime: <c>docker checkpoint</c> and <c>docker start --checkpoint</c>. Debian's runc is the control. Row R35.</summary>
[Collection(Daemons.Collection)]
public sealed class DockerCheckpointTests(Dockerd dockerd) : IClassFixture<Dockerd>
{
    [SystemdV2Fact]
    public void Of_runc_goes_on_where_it_was() => GoesOn("runc");

    [SystemdV2Fact]
    public void Of_ours_goes_on_where_it_was() => GoesOn("keelson");

    private void GoesOn(string runtime)
    {
        dockerd.Start();
        // criu 3.17 does not know all that docker's profile of seccomp filters.
        dockerd.Docker(["run", "-d", "--name", runtime, "--runtime", runtime, "--network", "none", "--security-opt", "seccomp=unconfined", "box", .. Machine.Counter]).Succeeds();
        Condition.Await("the count", () => Count() > 3, Machine.Patience);

        dockerd.Docker("checkpoint", "create", runtime, "one").Succeeds();
        Condition.Await("the end", () => dockerd.Docker("inspect", "--format", "{{.State.Status}}", runtime).Succeeds().Text == "exited", Machine.Patience);
        int saved = Count();
        dockerd.Docker("start", "--checkpoint", "one", runtime).Succeeds();

        Condition.Await("the count to go on", () => Count() > saved, Machine.Patience);
        string[] lines = dockerd.Docker("logs", runtime).Succeeds().Lines;
        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.Equal("in", dockerd.Docker("exec", runtime, "echo", "in").Succeeds().Text);
        dockerd.Docker("rm", "--force", runtime).Succeeds();

        int Count() => Machine.Last(dockerd.Docker("logs", "--tail", "2", runtime).Succeeds().Stdout);
    }
}
