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
}
