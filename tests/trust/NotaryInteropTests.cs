namespace Keelson.Trust.Tests;

/// <summary>Debian's notary and ours on one trust directory and one server.</summary>
public sealed class NotaryInteropTests : IClassFixture<DebianNotary>
{
    private readonly DebianNotary notary;

    public NotaryInteropTests(DebianNotary notary)
    {
        Programs.Need("notary", "notary-server", "notary-signer");
        this.notary = notary;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_collection_that_we_begin_is_listed_and_changed_by_notary(bool isSnapshotManaged)
    {
        using Person person = new(notary);
        string gun = "example.com/begun" + isSnapshotManaged;
        TrustCollection collection = await person.BeginAsync(gun.ToLowerInvariant(), isSnapshotManaged);
        Assert.Contains("v1", person.Notary("list", collection.Gun).Succeeds().Stdout, StringComparison.Ordinal);
        await File.WriteAllTextAsync(person.File("f"), "hello", TestContext.Current.CancellationToken);
        person.Notary("add", "-p", collection.Gun, "v2", person.File("f")).Succeeds();
        Assert.Equal(["v1", "v2"], (await collection.ListAsync()).Select(target => target.Target.Path));
        collection.RemoveTarget("v1");
        await collection.PublishAsync();
        Assert.DoesNotContain("v1", person.Notary("list", collection.Gun).Succeeds().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collection_that_notary_begins_is_listed_and_changed_by_us()
    {
        using Person person = new(notary);
        person.Notary("init", "example.com/theirs").Succeeds();
        await File.WriteAllTextAsync(person.File("f"), "hello", TestContext.Current.CancellationToken);
        person.Notary("add", "example.com/theirs", "v1", person.File("f")).Succeeds();
        TrustCollection collection = person.Open("example.com/theirs");
        Assert.Equal("add v1 to targets", Assert.Single(collection.Changes.List()).Change.ToString());
        Assert.Equal(["root", "targets", "snapshot"], await collection.PublishAsync());
        Assert.Empty(collection.Changes.List());
        collection.AddTarget("v2", 5, TufHashes.Of("hello"u8));
        Assert.Contains("v2", person.Notary("status", collection.Gun).Succeeds().Stdout, StringComparison.Ordinal);
        person.Notary("publish", collection.Gun).Succeeds();
        Assert.Equal(["v1", "v2"], (await collection.ListAsync()).Select(target => target.Target.Path));
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("ed25519")]
    public async Task A_key_that_we_back_up_is_imported_and_used_by_notary(string algorithm)
    {
        using Person owner = new(notary), other = new(notary);
        TrustKey key = owner.Keys.Generate("alice", "", algorithm);
        TrustCollection collection = await owner.BeginAsync("example.com/backup-" + algorithm);
        collection.AddDelegation("targets/alice", [key.Public], [""]);
        await collection.PublishAsync();
        await File.WriteAllTextAsync(other.File("backup.pem"), owner.Keys.Export([key.Id]), TestContext.Current.CancellationToken);
        other.Notary("key", "import", other.File("backup.pem")).Succeeds();
        Assert.Contains(key.Id, other.Notary("key", "list").Succeeds().Stdout, StringComparison.Ordinal);
        await File.WriteAllTextAsync(other.File("f"), "hello", TestContext.Current.CancellationToken);
        other.Notary("add", "-p", "-r", "targets/alice", collection.Gun, "v2", other.File("f")).Succeeds();
        Assert.Equal("targets/alice", (await collection.FindAsync("v2", ["targets/alice"]))!.Role);
    }

    [Fact]
    public void Keys_that_notary_makes_and_exports_are_ours_too()
    {
        using Person theirs = new(notary), ours = new(notary);
        theirs.Notary("key", "generate", "-r", "alice").Succeeds();
        theirs.Notary("key", "generate", "-r", "root").Succeeds();
        theirs.Notary("key", "export", "-o", theirs.File("export.pem")).Succeeds();
        ours.Keys.Import(File.ReadAllText(theirs.File("export.pem")));
        Assert.Equal(theirs.Keys.List().Select(key => (key.Id, key.Role)), ours.Keys.List().Select(key => (key.Id, key.Role)));
        Assert.All(ours.Keys.List(), key => Assert.Equal(key.Id, ours.Keys.Open(key.Id)!.Id));
    }

    [Theory]
    [InlineData("targets")]
    [InlineData("root")]
    [InlineData("snapshot")]
    [InlineData("timestamp")]
    public async Task Each_follows_a_rotation_that_the_other_makes(string role)
    {
        using Person person = new(notary), reader = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/rotated-" + role);
        Assert.Single(await reader.Open(collection.Gun).ListAsync());
        string[] managed = role is "snapshot" or "timestamp" ? ["-r"] : [];
        person.Notary(["key", "rotate", collection.Gun, role, .. managed]).Succeeds();
        Assert.Single(await reader.Open(collection.Gun).ListAsync());
        await collection.RotateKeyAsync(role, managed.Length > 0);
        Assert.Contains("v1", reader.Notary("list", collection.Gun).Succeeds().Stdout, StringComparison.Ordinal);
        collection.AddTarget("v2", 5, TufHashes.Of("hello"u8));
        await collection.PublishAsync();
        Assert.Contains("v2", person.Notary("list", collection.Gun).Succeeds().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delegations_are_changed_from_both_sides()
    {
        Programs.Need("openssl");
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/sides", isSnapshotManaged: false);
        ChildProcess.Run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=alice", "-keyout", person.File("a.key"), "-out", person.File("a.pem")]).Succeeds();
        person.Notary("delegation", "add", "-p", collection.Gun, "targets/releases", person.File("a.pem"), "--paths", "v").Succeeds();
        TrustKeyInfo key = Assert.Single(person.Keys.Import(await File.ReadAllTextAsync(person.File("a.key"), TestContext.Current.CancellationToken), "alice"));
        DelegationInfo delegation = Assert.Single(await collection.ListDelegationsAsync());
        Assert.Equal((TrustCollection.Releases, "v", key.Id), (delegation.Role, Assert.Single(delegation.Paths), Assert.Single(delegation.KeyIds)));
        collection.AddTarget("v9", 5, TufHashes.Of("hello"u8), [TrustCollection.Releases]);
        collection.AddDelegation(TrustCollection.Releases, [], ["w"]);
        await collection.PublishAsync();
        Assert.Contains("v9", person.Notary("list", collection.Gun).Succeeds().Stdout, StringComparison.Ordinal);
        person.Notary("delegation", "remove", "-p", collection.Gun, "targets/releases", "--paths", "v").Succeeds();
        Assert.Equal(["w"], Assert.Single(await collection.ListDelegationsAsync()).Paths);
        collection.Witness(TrustCollection.Releases);
        await collection.PublishAsync();
        person.Notary("witness", "-p", collection.Gun, "targets/releases").Succeeds();
        person.Notary("delegation", "remove", "-p", "-y", collection.Gun, "targets/releases").Succeeds();
        Assert.Empty(await collection.ListDelegationsAsync());
    }

    [Fact]
    public async Task Each_reads_the_changes_that_the_other_staged()
    {
        using Person person = new(notary);
        TrustCollection collection = await person.BeginAsync("example.com/staged");
        collection.AddDelegation("targets/a", [person.Keys.Generate("alice").Public], ["v"]);
        collection.AddTarget("v2", 5, TufHashes.Of("hello"u8), ["targets/a"]);
        collection.RemoveTarget("v1");
        person.Notary("publish", collection.Gun).Succeeds();
        Assert.Equal("targets/a", Assert.Single(await collection.ListAsync()).Role);
        person.Notary("delegation", "remove", "-y", collection.Gun, "targets/a").Succeeds();
        await collection.PublishAsync();
        Assert.Empty(await collection.ListDelegationsAsync());
    }
}
