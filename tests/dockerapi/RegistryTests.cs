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

        Assert.Equal(["Untagged: " + name, $"Untagged: {registry.Name}/team/run@{digest}"], daemon.Docker(docker, "rmi", name).Succeeds().Lines);
    }

    /// <summary>docker 20.10's rules: the digest goes alone when the image has several tags, not when a container's image would be left without a name, and with the last tag.</summary>
    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Clients))]
    public void A_digest_is_untagged_alone_or_with_the_last_tag(string docker)
    {
        using DebianRegistry registry = new();
        string name = $"{registry.Name}/team/own:1", second = $"{registry.Name}/team/own:2";
        daemon.Docker(docker, "create", "--network", "none", "--name", "seed", "busybox", "true").Succeeds();
        daemon.Docker(docker, "commit", "seed", name).Succeeds();
        daemon.Docker(docker, "rm", "seed").Succeeds();
        daemon.Docker(docker, "push", name).Succeeds();
        string digest = $"{registry.Name}/team/own@{Skopeo.DigestOf("docker://" + name)}";
        daemon.Docker(docker, "create", "--network", "none", "--name", "user", name).Succeeds();

        daemon.Docker(docker, "rmi", digest).Exits(1).Fails($"unable to remove repository reference \"{digest}\" (must force) - container");
        daemon.Docker(docker, "tag", name, second).Succeeds();
        Assert.Equal(["Untagged: " + digest], daemon.Docker(docker, "rmi", digest).Succeeds().Lines);
        Assert.Equal($"[{name} {second}]", daemon.Docker(docker, "image", "inspect", "--format", "{{.RepoTags}}", name).Succeeds().Text);

        daemon.Docker(docker, "rm", "user").Succeeds();
        daemon.Docker(docker, "pull", digest).Succeeds();
        Assert.Equal(["Untagged: " + second], daemon.Docker(docker, "rmi", second).Succeeds().Lines);
        Assert.Equal(["Untagged: " + name, "Untagged: " + digest], daemon.Docker(docker, "rmi", name).Succeeds().Lines.Where(line => line.StartsWith("Untagged", StringComparison.Ordinal)));
    }
}
