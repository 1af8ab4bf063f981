namespace Keelson.DockerApi.Tests;

/// <summary>Content trust: docker's own, with its clients and our server of collections, and the daemon's policy, which holds for every client.</summary>
public sealed class TrustTests(TrustDaemon daemon) : IClassFixture<TrustDaemon>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    public static TheoryData<string> Dockers => [.. DaemonWithClients.Clients.Where(client => client.EndsWith("/docker", StringComparison.Ordinal))];

    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Dockers))]
    public void DOCKER_CONTENT_TRUST_signs_what_is_pushed_and_refuses_what_is_not_signed(string docker)
    {
        using DebianRegistry registry = new();
        string name = $"{registry.Name}/free/app", tag = name + ":1";
        daemon.Docker(docker, "tag", "busybox", tag).Succeeds();
        Assert.Contains("Successfully signed", daemon.Trusted(docker, "push", tag).Succeeds().Stdout, StringComparison.Ordinal);
        string digest = Skopeo.DigestOf("docker://" + tag);
        daemon.Docker(docker, "rmi", tag).Succeeds();
        Assert.Contains(digest, daemon.Trusted(docker, "pull", tag).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains(digest[7..], daemon.Trusted(docker, "trust", "inspect", name).Succeeds().Stdout, StringComparison.Ordinal);

        // What somebody else pushed under the tag is not what is signed; a tag that nobody signed is none.
        daemon.Docker(docker, "rmi", tag).Succeeds();
        ReplaceTag(docker, tag);
        ReplaceTag(docker, name + ":2");
        Assert.NotEqual(digest, Skopeo.DigestOf("docker://" + tag));
        Assert.Contains(digest, daemon.Trusted(docker, "pull", tag).Succeeds().Stdout, StringComparison.Ordinal);
        daemon.Trusted(docker, "pull", name + ":2").Exits(1).Fails("No valid trust data for 2");
        Assert.Equal("ran", daemon.Trusted(docker, "run", "--rm", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, tag, "echo", "ran").Succeeds().Text);

        // What is taken back is not signed any more.
        daemon.Trusted(docker, "trust", "revoke", "--yes", tag).Succeeds();
        daemon.Trusted(docker, "pull", tag).Exits(1);
        daemon.Trusted(docker, "push", tag).Succeeds();

        // A person of their own signs, and is taken back.
        string alice = $"alice{daemon.NewName()}", keys = Directory.CreateDirectory(daemon.NewPath("keys")).FullName;
        daemon.Trusted(docker, "trust", "key", "generate", alice, "--dir", keys).Succeeds();
        daemon.Trusted(docker, "trust", "signer", "add", "--key", $"{keys}/{alice}.pub", alice, name).Succeeds();
        daemon.Trusted(docker, "trust", "sign", tag).Succeeds();
        string inspected = daemon.Trusted(docker, "trust", "inspect", "--pretty", name).Succeeds().Stdout;
        Assert.Matches($"(?m)^1 +[0-9a-f]{{64}} +{alice}$", inspected);
        daemon.Trusted(docker, "trust", "signer", "remove", "--force", alice, name).Succeeds();
        daemon.Trusted(docker, "trust", "inspect", name).Succeeds();
        daemon.Docker(docker, "rmi", "-f", tag).Succeeds();
    }

    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Dockers))]
    public void Our_command_line_takes_what_docker_signed_and_nothing_else(string docker)
    {
        if (!File.Exists(Repository.PublishedCli)) Assert.Skip("needs the published programs");
        using DebianRegistry registry = new();
        string name = $"{registry.Name}/free/ours", tag = name + ":1";
        daemon.Docker(docker, "tag", "busybox", tag).Succeeds();
        daemon.Trusted(docker, "push", tag).Succeeds();
        string digest = Skopeo.DigestOf("docker://" + tag);
        daemon.Docker(docker, "rmi", tag).Succeeds();
        ReplaceTag(docker, tag);
        ReplaceTag(docker, name + ":2");

        Assert.Contains($"Pull: {name}@{digest}", daemon.Trusted(Repository.PublishedCli, "pull", tag).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains(digest, daemon.Docker(docker, "image", "inspect", "-f", "{{.RepoDigests}}", tag).Text, StringComparison.Ordinal);
        daemon.Docker(docker, "rmi", tag).Succeeds();
        Assert.Equal("ran", daemon.Trusted(Repository.PublishedCli, "run", "--rm", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, tag, "echo", "ran").Succeeds().Text);
        daemon.Trusted(Repository.PublishedCli, "pull", name + ":2").Exits(1).Fails("2 is not signed");
        daemon.Trusted(Repository.PublishedCli, "pull", "--disable-content-trust", name + ":2").Succeeds();
        daemon.Trusted(Repository.PublishedCli, "run", "--rm", "--network", "none", name + ":2", "true").Fails("2 is not signed");
        // Without the variable it is asked for by an option.
        daemon.Docker(Repository.PublishedCli, "pull", name + ":2").Succeeds();
        daemon.Docker(docker, "rmi", "-f", tag, name + ":2").Succeeds();
    }

    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Clients))]
    public void The_daemons_policy_holds_for_every_client(string client)
    {
        string docker = DaemonWithClients.Clients[0];
        using DebianRegistry registry = new();
        string name = $"{registry.Name}/signed/app", tag = name + ":1";
        daemon.Docker(docker, "tag", "busybox", tag).Succeeds();
        daemon.Trusted(docker, "push", tag).Succeeds();
        string digest = Skopeo.DigestOf("docker://" + tag);
        daemon.Docker(docker, "rmi", tag).Succeeds();
        ReplaceTag(docker, tag);
        ReplaceTag(docker, name + ":2");
        string other = Skopeo.DigestOf("docker://" + tag);
        string[] before = daemon.Docker(docker, "images", "-aq").Lines;

        // The tag means what is signed, whatever the registry says.
        Assert.Contains(digest, daemon.Docker(client, "pull", tag).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal("ran", daemon.Run(client, "--rm", tag, "echo", "ran").Text);
        daemon.Docker(client, "pull", $"{name}@{digest}").Succeeds();
        daemon.Docker(client, "pull", name + ":2").Exits(1).Fails("2 is not signed by targets/releases and targets");
        daemon.Docker(client, "pull", $"{name}@{other}").Exits(1).Fails("is not signed by");
        daemon.Run(client, "--rm", name + ":2", "echo", "ran").Fails("is not signed by");
        string dockerfile = Directory.CreateDirectory(daemon.NewPath("context")).FullName;
        File.WriteAllText(dockerfile + "/Dockerfile", $"FROM {name}:2\n");
        daemon.Classic(docker, null, "build", "-q", dockerfile).Fails("is not signed by");
        daemon.Docker(client, "rmi", tag).Succeeds();

        // Of names that nobody makes a rule for, and of those that are free, the registry says what they mean.
        daemon.Docker(docker, "tag", "busybox", $"{registry.Name}/free/app:1").Succeeds();
        daemon.Docker(docker, "push", $"{registry.Name}/free/app:1").Succeeds();
        daemon.Docker(docker, "rmi", $"{registry.Name}/free/app:1").Succeeds();
        daemon.Docker(client, "pull", $"{registry.Name}/free/app:1").Succeeds();
        daemon.Docker(docker, "rmi", $"{registry.Name}/free/app:1").Succeeds();
        Assert.Equal(before, daemon.Docker(docker, "images", "-aq").Lines);
    }

    [ClientTheory("docker-registry skopeo htpasswd"), MemberData(nameof(Dockers))]
    public void Roots_that_are_not_pinned_signers_who_did_not_sign_and_old_versions_are_refused(string docker)
    {
        using DebianRegistry registry = new();
        foreach (string kind in (string[])["pinned", "both"])
        {
            string name = $"{registry.Name}/{kind}/app:1";
            daemon.Docker(docker, "tag", "busybox", name).Succeeds();
            daemon.Trusted(docker, "push", name).Succeeds();
            daemon.Docker(docker, "rmi", name).Succeeds();
            daemon.Docker(docker, "pull", name).Exits(1).Fails(kind == "pinned" ? "root" : "is not signed by targets/alice");
        }
        string old = $"{registry.Name}/signed/old";
        daemon.Docker(docker, "tag", "busybox", old + ":1").Succeeds();
        daemon.Trusted(docker, "push", old + ":1").Succeeds();
        daemon.KeepNotary();
        daemon.Docker(docker, "tag", "busybox", old + ":2").Succeeds();
        daemon.Trusted(docker, "push", old + ":2").Succeeds();
        daemon.Docker(docker, "pull", old + ":2").Succeeds();
        daemon.RollNotaryBack();
        daemon.Docker(docker, "pull", old + ":1").Exits(1).Fails("version");
        daemon.Docker(docker, "rmi", old + ":1", old + ":2").Succeeds();
    }

    /// <summary>Pushes another image under a tag, without a signature.</summary>
    private void ReplaceTag(string docker, string tag)
    {
        string container = daemon.NewName();
        daemon.Run(docker, "--name", container, "busybox", "sh", "-c", "echo other > /other").Succeeds();
        daemon.Docker(docker, "commit", container, tag).Succeeds();
        daemon.Docker(docker, "push", tag).Succeeds();
        daemon.Docker(docker, "rm", container).Succeeds();
        daemon.Docker(docker, "rmi", tag).Succeeds();
    }
}
