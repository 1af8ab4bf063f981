namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 3: versions that go back, or skip.</summary>
public sealed class RollbackTests
{
    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task An_older_timestamp_is_refused(string dialect)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect));
        byte[] old = repository.Builder.Current[TufRoles.Timestamp].ToArray();
        repository.Bump(TufRoles.Timestamp);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Overrides["timestamp.json"] = old;
        await client.RefusesAsync(store, TufFault.Rollback);
        Assert.Equal(2, store.VersionOf(TufRoles.Timestamp));
    }

    [Fact]
    public async Task A_timestamp_of_the_same_version_is_not_looked_at()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        string before = store.Content;
        repository.Builder.Put(TufRoles.Timestamp, Resigned(repository, TufRoles.Timestamp, tree => tree["meta"]!["snapshot.json"]!["version"] = 100));
        await client.RefreshAsync();
        Assert.Equal(before, store.Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_timestamp_that_names_an_older_snapshot_is_refused(bool hasHashes)
    {
        TestRepository repository = new(null, r => r.Builder.HasMetaHashes = hasHashes);
        repository.Bump(TufRoles.Snapshot);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Timestamp, tree => tree["meta"]!["snapshot.json"]!["version"] = 1);
        await client.RefusesAsync(store, TufFault.Rollback);
        Assert.Equal("timestamp.json", repository.Requests[^1]);
    }

    [Fact]
    public async Task An_older_notary_snapshot_is_refused()
    {
        TestRepository repository = new(new NotaryDialect());
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.Bump(TufRoles.Snapshot);
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Snapshot, tree => tree["version"] = 1);
        await client.RefusesAsync(store, TufFault.Rollback, TufRoles.Timestamp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_snapshot_that_names_older_targets_is_refused(bool hasHashes)
    {
        TestRepository repository = new(null, r => r.Builder.HasMetaHashes = hasHashes);
        repository.Bump(TufRoles.Targets);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Snapshot, tree => tree["meta"]!["targets.json"]!["version"] = 1);
        await client.RefusesAsync(store, TufFault.Rollback, TufRoles.Timestamp);
        Assert.Equal(2, store.VersionOf(TufRoles.Snapshot));
    }

    [Fact]
    public async Task Older_notary_targets_are_refused_although_no_snapshot_says_their_version()
    {
        TestRepository repository = new(new NotaryDialect());
        repository.Bump(TufRoles.Targets);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Targets, tree => tree["version"] = 1);
        await client.RefusesAsync(store, TufFault.Rollback, TufRoles.Timestamp, TufRoles.Snapshot);
    }

    [Fact]
    public async Task An_older_notary_delegation_is_refused()
    {
        TestRepository repository = new(new NotaryDialect(), r => r.Delegate("targets", "targets/releases", [""]));
        repository.Bump("targets/releases");
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.GetRoleAsync("targets/releases");
        repository.PublishHostile("targets/releases", tree => tree["version"] = 1);
        await client.RefreshAsync();
        string before = store.Content;
        Assert.Equal(TufFault.Rollback, (await Assert.ThrowsAsync<TufException>(() => client.GetRoleAsync("targets/releases"))).Fault);
        Assert.Equal(before, store.Content);
    }

    [Fact]
    public async Task A_role_that_is_gone_from_the_snapshot_is_refused()
    {
        TestRepository repository = new(null, r => r.Delegate("targets", "role1", ["*"]));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.PublishHostile(TufRoles.Snapshot, tree => tree["meta"]!.AsObject().Remove("role1.json"));
        await client.RefusesAsync(store, TufFault.Rollback, TufRoles.Timestamp);
    }

    [Theory]
    [InlineData(1, TufFault.Rollback)]
    [InlineData(3, TufFault.Rollback)]
    [InlineData(0, TufFault.Malformed)]
    public async Task A_root_that_repeats_or_skips_a_version_is_refused(int version, TufFault fault)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Overrides["2.root.json"] = Resigned(repository, TufRoles.Root, tree => tree["version"] = version);
        await client.RefusesAsync(store, fault);
    }

    [Fact]
    public async Task An_older_root_in_the_place_of_the_next_is_refused()
    {
        TestRepository repository = new();
        repository.Bump(TufRoles.Root);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Overrides["3.root.json"] = repository.FirstRoot;
        await client.RefusesAsync(store, TufFault.Rollback);
    }

    [Fact]
    public async Task An_older_snapshot_under_the_new_name_is_refused()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Snapshot);
        repository.Overrides["2.snapshot.json"] = repository.Builder.Files["1.snapshot.json"].ToArray();
        await client.RefusesAsync(store, TufFault.Mismatch, TufRoles.Timestamp);
    }

    internal static byte[] Resigned(TestRepository repository, string role, Action<System.Text.Json.Nodes.JsonObject> edit)
    {
        System.Text.Json.Nodes.JsonObject tree = System.Text.Json.Nodes.JsonNode.Parse(repository.TextOf(role))!["signed"]!.AsObject();
        edit(tree);
        return TufSigning.Add(TufSigning.Unsigned(tree), repository.Dialect, repository.SignersOf(role));
    }
}
