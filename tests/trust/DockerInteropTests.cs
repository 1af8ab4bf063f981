namespace Keelson.Trust.Tests;

/// <summary><c>docker trust</c> of both generations and ours on one trust directory and one server.</summary>
public sealed class DockerInteropTests : IClassFixture<DebianNotary>
{
    private const string Repository = "localhost:5000/team/app";
    private readonly DebianNotary notary;

    public DockerInteropTests(DebianNotary notary)
    {
        Programs.Need("notary-server", "notary-signer");
        this.notary = notary;
    }

    public static TheoryData<string> Clients => ["/usr/bin/docker", "/usr/local/bin/docker"];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Signers_that_docker_adds_sign_with_us_and_docker_shows_it(string docker)
    {
        Assert.SkipUnless(File.Exists(docker), $"needs program {docker}");
        using Person person = new(notary);
        string gun = Repository + docker.Split('/')[2];
        person.Docker(docker, "trust", "key", "generate", "alice", "--dir", person.File(".")).Succeeds();
        person.Docker(docker, "trust", "signer", "add", "--key", person.File("alice.pub"), "alice", gun).Succeeds();
        TrustCollection collection = person.Open(gun);
        IReadOnlyList<string> roles = await collection.ListOwnRolesAsync();
        Assert.Equal(["targets/alice", "targets/releases"], roles.Order());
        collection.AddTarget("v1", 5, TufHashes.Of("hello"u8), roles);
        await collection.PublishAsync();
        string shown = person.Docker(docker, "trust", "inspect", gun).Succeeds().Stdout;
        Assert.Contains("\"SignedTag\": \"v1\"", shown, StringComparison.Ordinal);
        Assert.Contains("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", shown, StringComparison.Ordinal);
        Assert.Contains("\"alice\"", shown, StringComparison.Ordinal);
        person.Docker(docker, "trust", "revoke", "-y", gun + ":v1").Succeeds();
        Assert.Empty(await collection.ListAsync());
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_collection_that_we_begin_gets_a_signer_from_docker(string docker)
    {
        Assert.SkipUnless(File.Exists(docker), $"needs program {docker}");
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("localhost:5000/team/ours" + docker.Split('/')[2]);
        TrustKey bob = person.Keys.Generate("bob");
        await File.WriteAllTextAsync(person.File("bob.pub"), bob.PublicPem("bob"), TestContext.Current.CancellationToken);
        person.Docker(docker, "trust", "signer", "add", "--key", person.File("bob.pub"), "bob", collection.Gun).Succeeds();
        Assert.Equal(["targets/bob", "targets/releases"], (await collection.ListDelegationsAsync()).Select(role => role.Role));
        Assert.All(await collection.ListDelegationsAsync(), role => Assert.Equal([bob.Id], role.KeyIds));
        collection.AddTarget("v2", 5, TufHashes.Of("hello"u8), await collection.ListOwnRolesAsync());
        await collection.PublishAsync();
        // Answered with y: 28.2 takes a signer only when it has asked, which it does for the last one alone.
        person.Docker(docker, "trust", "signer", "remove", "bob", collection.Gun).Succeeds();
        Assert.DoesNotContain("targets/bob", (await collection.ListDelegationsAsync()).Select(role => role.Role));
    }
}
