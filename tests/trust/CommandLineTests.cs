using Keelson.Distribution;
using Keelson.Oci;

namespace Keelson.Trust.Tests;

/// <summary>The published <c>keelson trust</c> against Debian's server.</summary>
public sealed class CommandLineTests : IClassFixture<DebianNotary>
{
    private readonly DebianNotary notary;

    public CommandLineTests(DebianNotary notary)
    {
        Programs.Need("notary", "notary-server", "notary-signer");
        Assert.SkipUnless(File.Exists(Repository.PublishedCli), "needs the published keelson");
        this.notary = notary;
    }

    [Fact]
    public void A_tag_is_signed_listed_verified_and_revoked()
    {
        using Person person = new(notary);
        File.WriteAllText(person.File("f"), "hello");
        person.Keelson("sign", "example.com/cli:v1", "--file", "f").Succeeds();
        Assert.Equal(
            "SIGNED TAG   DIGEST                                                                    SIZE      ROLE\n"
            + "v1           sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824   5         targets\n",
            person.Keelson("view", "example.com/cli").Succeeds().Stdout);
        Assert.Equal(
            "{\"Digest\":\"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\",\"Role\":\"targets\",\"Size\":5,\"Tag\":\"v1\"}\n",
            person.Keelson("view", "example.com/cli", "--format", "json").Succeeds().Stdout);
        Assert.Contains("v1", person.Notary("list", "example.com/cli").Succeeds().Stdout, StringComparison.Ordinal);
        person.Keelson("verify", "example.com/cli:v1", "f").Succeeds();
        File.WriteAllText(person.File("f"), "other");
        person.Keelson("verify", "example.com/cli:v1", "f").Fails("not what targets signed");
        person.Keelson("revoke", "example.com/cli:v1").Succeeds();
        Assert.DoesNotContain("v1", person.Keelson("view", "example.com/cli").Succeeds().Stdout, StringComparison.Ordinal);
        person.Keelson("view", "example.com/nothing").Fails("has no trust data");
    }

    [Fact]
    public async Task A_tag_of_a_registry_is_signed_by_its_digest()
    {
        Programs.Need("docker-registry");
        using Person person = new(notary);
        using DebianRegistry registry = new();
        using RegistryClient client = new(new() { Hosts = new DirectHosts([registry.Name]) });
        Descriptor pushed = await client.PushManifestAsync(new(registry.Name, "team/app"), "v1", "application/vnd.oci.image.index.v1+json",
            System.Text.Encoding.UTF8.GetBytes("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"""));
        string image = registry.Name + "/team/app:v1";
        person.Keelson("sign", image, "--plain-http").Succeeds();
        Assert.Contains(pushed.Digest.ToString(), person.Keelson("view", image).Succeeds().Stdout, StringComparison.Ordinal);
        person.Keelson("sign", registry.Name + "/team/app:none", "--plain-http").Fails("none");
    }

    [Fact]
    public void Two_people_sign_a_file()
    {
        using Person alice = new(notary), bob = new(notary);
        alice.Keelson("init", "example.com/two-people").Succeeds();
        alice.Keelson("key", "generate", "alice").Succeeds();
        bob.Keelson("key", "generate", "bob").Succeeds();
        alice.Keelson("delegation", "add", "example.com/two-people", "releases", "alice.pub", bob.File("bob.pub"), "--all-paths", "--threshold", "2").Succeeds();
        File.WriteAllText(alice.File("f"), "hello");
        alice.Keelson("sign", "example.com/two-people:v1", "--file", "f", "--stage").Succeeds();
        alice.Keelson("publish", "example.com/two-people").Fails("1 of the 2 keys");
        alice.Keelson("stage", "example.com/two-people", "v1.json").Succeeds();
        alice.Keelson("merge", "v1.json").Fails("Not enough have signed yet");
        string shown = bob.Keelson("countersign", "-f", alice.File("v1.json")).Succeeds().Stdout;
        Assert.Contains("add v1 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", shown, StringComparison.Ordinal);
        Assert.Contains("2 of 2 signatures", shown, StringComparison.Ordinal);
        Assert.Equal("Published example.com/two-people: targets/releases\n", bob.Keelson("merge", alice.File("v1.json")).Succeeds().Stdout);
        Assert.Contains("targets/releases", alice.Keelson("view", "example.com/two-people").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_explained_backed_up_and_restored()
    {
        using Person person = new(notary), other = new(notary);
        person.Keelson("init", "example.com/keys").Succeeds();
        Assert.Contains("losing it loses the collection", person.Keelson("key", "explain").Succeeds().Stdout, StringComparison.Ordinal);
        person.Keelson("key", "backup", "-o", "backup.pem").Succeeds();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(person.File("backup.pem")));
        other.Keelson("key", "restore", person.File("backup.pem")).Succeeds();
        Assert.Equal(person.Keelson("key", "ls").Succeeds().Stdout, other.Keelson("key", "ls").Succeeds().Stdout);
        person.Keelson("key", "rotate", "example.com/keys", "targets").Succeeds();
        Assert.Equal("Nothing expires soon\n", person.Keelson("repair", "example.com/keys").Succeeds().Stdout);
        Assert.Contains("\"AdministrativeKeys\"", other.Keelson("inspect", "example.com/keys").Succeeds().Stdout, StringComparison.Ordinal);
    }
}
