namespace Keelson.DockerApi.Tests;

/// <summary>Images that docker's clients and ours pull and push through the daemon, from and to Debian's docker-registry, with skopeo as the witness.</summary>
public sealed class RegistryTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Clients))]
    public void An_image_is_pushed_pulled_and_pushed_elsewhere_with_the_same_digest(string docker)
    {
        using DebianRegistry first = new(), second = new(needsPassword: true);
        string there = $"{first.Name}/team/a:1", beside = $"{first.Name}/other/b:2", elsewhere = $"{second.Name}/team/c:3";
        daemon.Docker(docker, "tag", "busybox", there).Succeeds();

        daemon.Docker(docker, "push", there).Succeeds();
        string digest = Skopeo.DigestOf("docker://" + there);
        daemon.Docker(docker, "rmi", there).Succeeds();
        string pulled = daemon.Docker(docker, "pull", there).Succeeds().Stdout;
        Assert.Contains(digest, pulled, StringComparison.Ordinal);
        Assert.Contains($"{first.Name}/team/a@{digest}", daemon.Docker(docker, "image", "inspect", "-f", "{{.RepoDigests}}", there).Succeeds().Text, StringComparison.Ordinal);
        daemon.Docker(docker, "tag", there, beside).Succeeds();
        daemon.Docker(docker, "push", beside).Succeeds();
        Assert.Equal(digest, Skopeo.DigestOf("docker://" + beside));
        Assert.Equal("ran", daemon.Run(docker, "--rm", beside, "echo", "ran").Text);

        daemon.Docker(docker, "tag", there, elsewhere).Succeeds();
        daemon.LogOut();
        daemon.Docker(docker, "push", elsewhere).Exits(1);
        daemon.LogIn(second.Name, DebianRegistry.User, DebianRegistry.Password);
        daemon.Docker(docker, "push", elsewhere).Succeeds();
        daemon.Docker(docker, "rmi", there, beside, elsewhere).Succeeds();
        daemon.Docker(docker, "pull", elsewhere).Succeeds();
        Assert.Contains(digest, daemon.Docker(docker, "image", "inspect", "-f", "{{.RepoDigests}}", elsewhere).Succeeds().Text, StringComparison.Ordinal);
        daemon.LogOut();
        daemon.Docker(docker, "rmi", elsewhere).Succeeds();
        daemon.Docker(docker, "pull", $"{first.Name}/team/none:1").Exits(1).Fails("none");
    }

    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Clients))]
    public void A_run_pulls_what_is_missing_and_a_digest_names_an_image(string docker)
    {
        using DebianRegistry registry = new();
        string name = $"{registry.Name}/team/run:1";
        daemon.Docker(docker, "tag", "busybox", name).Succeeds();
        daemon.Docker(docker, "push", name).Succeeds();
        daemon.Docker(docker, "rmi", name).Succeeds();
        string digest = Skopeo.DigestOf("docker://" + name);

        Assert.Equal("ran", daemon.Run(docker, "--rm", $"{registry.Name}/team/run@{digest}", "echo", "ran").Text);
        Assert.Equal("again", daemon.Run(docker, "--rm", name, "echo", "again").Text);

        daemon.Docker(docker, "rmi", name, $"{registry.Name}/team/run@{digest}").Succeeds();
    }
}
