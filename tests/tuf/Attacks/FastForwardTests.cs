namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 5: a thief makes versions huge; new keys make them small again. TUF 1.0.34 section 5.3.11.</summary>
public sealed class FastForwardTests
{
    private const int Huge = 99_999;

    [Fact]
    public async Task A_new_timestamp_key_recovers_the_timestamp()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await AttackedAsync(TufRoles.Timestamp);
        repository.SetSigners(TufRoles.Timestamp, 1, EcdsaSigner.Generate());
        repository.Publish();
        repository.PublishHostile(TufRoles.Timestamp, tree => tree["version"] = 2);
        await client.RefreshAsync();
        Assert.Equal(2, store.VersionOf(TufRoles.Timestamp));
    }

    [Fact]
    public async Task New_snapshot_and_timestamp_keys_recover_the_snapshot()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await AttackedAsync(TufRoles.Snapshot);
        repository.SetSigners(TufRoles.Snapshot, 1, EcdsaSigner.Generate());
        repository.SetSigners(TufRoles.Timestamp, 1, EcdsaSigner.Generate());
        repository.Publish();
        repository.PublishHostile(TufRoles.Snapshot, tree => tree["version"] = 2);
        await client.RefreshAsync();
        Assert.Equal(2, store.VersionOf(TufRoles.Snapshot));
    }

    [Fact]
    public async Task A_new_snapshot_key_recovers_the_targets()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await AttackedAsync(TufRoles.Targets);
        repository.SetSigners(TufRoles.Snapshot, 1, EcdsaSigner.Generate());
        repository.Publish();
        repository.PublishHostile(TufRoles.Targets, tree => tree["version"] = 2);
        await client.RefreshAsync();
        Assert.Equal(2, store.VersionOf(TufRoles.Targets));
    }

    [Fact]
    public async Task A_lost_key_of_two_is_enough_although_the_other_still_signs()
    {
        EcdsaSigner stolen = EcdsaSigner.Generate(), other = EcdsaSigner.Generate();
        TestRepository repository = new(null, r => r.SetSigners(TufRoles.Timestamp, 1, stolen, other));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.PublishHostile(TufRoles.Timestamp, tree => tree["version"] = Huge);
        await client.RefreshAsync();
        repository.SetSigners(TufRoles.Timestamp, 1, other);
        repository.Publish();
        repository.PublishHostile(TufRoles.Timestamp, tree => tree["version"] = 2);
        await client.RefreshAsync();
        Assert.Equal(2, store.VersionOf(TufRoles.Timestamp));
    }

    [Fact]
    public async Task A_key_that_is_added_forgets_nothing()
    {
        EcdsaSigner first = EcdsaSigner.Generate();
        TestRepository repository = new(null, r => r.SetSigners(TufRoles.Timestamp, 1, first));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        byte[] old = repository.Builder.Current[TufRoles.Timestamp].ToArray();
        repository.Bump(TufRoles.Timestamp);
        await client.RefreshAsync();
        repository.SetSigners(TufRoles.Timestamp, 1, first, EcdsaSigner.Generate());
        repository.Publish();
        repository.Overrides["timestamp.json"] = old;
        await client.RefusesAsync(store, TufFault.Rollback, TufRoles.Root);
        Assert.Equal(2, store.VersionOf(TufRoles.Timestamp));
    }

    [Fact]
    public async Task Without_new_keys_the_small_version_is_refused()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await AttackedAsync(TufRoles.Timestamp);
        repository.PublishHostile(TufRoles.Timestamp, tree => tree["version"] = 2);
        await client.RefusesAsync(store, TufFault.Rollback);
    }

    private static async Task<(TestRepository Repository, TufClient Client, RecordingStore Store)> AttackedAsync(string role)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.PublishHostile(role, tree => tree["version"] = Huge);
        await client.RefreshAsync();
        Assert.Equal(Huge, store.VersionOf(role));
        return (repository, client, store);
    }
}
