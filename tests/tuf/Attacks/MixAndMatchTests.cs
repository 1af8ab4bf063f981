namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 6: right files that do not belong together.</summary>
public sealed class MixAndMatchTests
{
    [Theory]
    [InlineData(TufRoles.Snapshot, TufRoles.Timestamp)]
    [InlineData(TufRoles.Targets, TufRoles.Timestamp, TufRoles.Snapshot)]
    public async Task A_file_of_another_version_than_its_name_is_refused(string role, params string[] accepted)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(role);
        repository.Overrides[$"2.{role}.json"] = RollbackTests.Resigned(repository, role, tree => tree["version"] = 3);
        await client.RefusesAsync(store, TufFault.Mismatch, accepted);
    }

    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task A_file_with_another_hash_is_refused_although_it_is_signed(string dialect)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect), r => r.Builder.HasMetaHashes = true);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Targets);
        TufHashes hashes = TufHashes.Of(repository.Builder.Current[TufRoles.Targets].Span);
        byte[] other = RollbackTests.Resigned(repository, TufRoles.Targets, tree => tree["x"] = 1);
        repository.Overrides[repository.Dialect.FileOf(TufRoles.Targets, 2, hashes, true)] = other;
        await client.RefusesAsync(store, TufFault.TooLarge, TufRoles.Timestamp, TufRoles.Snapshot);
        byte[] sameLength = RollbackTests.Resigned(repository, TufRoles.Targets, tree => tree["expires"] = repository.Dialect.WriteExpires(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        repository.Overrides[repository.Dialect.FileOf(TufRoles.Targets, 2, hashes, true)] = sameLength[..Math.Min(sameLength.Length, repository.Builder.Current[TufRoles.Targets].Length)];
        await client.RefusesAsync(store, TufFault.Mismatch, TufRoles.Timestamp, TufRoles.Snapshot);
    }

    [Fact]
    public async Task An_old_notary_root_with_a_new_snapshot_is_refused()
    {
        TestRepository repository = new(new NotaryDialect());
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.Bump(TufRoles.Root);
        repository.Overrides["2.root.json"] = null;
        await client.RefusesAsync(store, TufFault.Mismatch, TufRoles.Timestamp);
    }

    [Fact]
    public async Task Two_snapshots_of_one_version_do_not_mix()
    {
        TestRepository repository = new(null, r => r.Builder.HasMetaHashes = true);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        byte[] other = RollbackTests.Resigned(repository, TufRoles.Snapshot, tree => tree["x"] = 1);
        store[TufRoles.Snapshot] = other;
        await client.RefreshAsync();
        Assert.Equal(repository.Builder.Current[TufRoles.Snapshot].ToArray(), store[TufRoles.Snapshot]);
    }
}
