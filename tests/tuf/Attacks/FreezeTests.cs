namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 4: the world stands still.</summary>
public sealed class FreezeTests
{
    [Theory]
    [InlineData("TUF 1.0", TufRoles.Timestamp)]
    [InlineData("TUF 1.0", TufRoles.Snapshot, TufRoles.Timestamp)]
    [InlineData("TUF 1.0", TufRoles.Targets, TufRoles.Timestamp, TufRoles.Snapshot)]
    [InlineData("notary", TufRoles.Timestamp)]
    [InlineData("notary", TufRoles.Snapshot, TufRoles.Timestamp)]
    [InlineData("notary", TufRoles.Targets, TufRoles.Timestamp, TufRoles.Snapshot)]
    public async Task An_expired_role_is_refused(string dialect, string role, params string[] accepted)
    {
        TestRepository repository = new(TestRepository.DialectOf(dialect));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Builder.SetLifetime(role, TimeSpan.FromDays(-1));
        repository.Publish();
        await client.RefusesAsync(store, TufFault.Expired, accepted);
    }

    [Fact]
    public async Task A_repository_that_gives_the_same_timestamp_for_ever_is_found_out()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Clock.Advance(TimeSpan.FromDays(14));
        await client.RefusesAsync(store, TufFault.Expired);
    }

    [Fact]
    public async Task An_expired_root_on_the_way_is_followed()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        repository.Builder.SetLifetime(TufRoles.Root, TimeSpan.FromDays(-1));
        repository.Publish();
        repository.Builder.SetLifetime(TufRoles.Root, TimeSpan.FromDays(1));
        repository.Publish();
        await client.RefreshAsync();
        Assert.Equal(3, store.VersionOf(TufRoles.Root));
    }

    [Fact]
    [Spec("TUF 1.0.34", "5.3.10")]
    public async Task An_expired_last_root_is_kept_and_ends_the_update()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Builder.SetLifetime(TufRoles.Root, TimeSpan.FromDays(-1));
        repository.Bump(TufRoles.Targets);
        await client.RefusesAsync(store, TufFault.Expired, TufRoles.Root);
        Assert.Equal(2, store.VersionOf(TufRoles.Root));
    }

    [Fact]
    public async Task An_expired_delegation_is_refused_new_and_kept()
    {
        TestRepository repository = new(null, r =>
        {
            r.Delegate("targets", "role1", ["*"]);
            r.Builder.SetLifetime("role1", TimeSpan.FromDays(7));
            r.Builder.SetLifetime(TufRoles.Timestamp, TimeSpan.FromDays(100));
            r.AddTarget("one", "content", "role1");
        });
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        Assert.NotNull(await client.FindTargetAsync("one"));
        repository.Clock.Advance(TimeSpan.FromDays(18));
        await client.RefreshAsync();
        string before = store.Content;
        Assert.Equal(TufFault.Expired, (await Assert.ThrowsAsync<TufException>(() => client.FindTargetAsync("one"))).Fault);
        Assert.Equal(before, store.Content);
        repository.Builder.SetLifetime("role1", TimeSpan.FromDays(21));
        repository.Publish();
        await client.RefreshAsync();
        Assert.NotNull(await client.FindTargetAsync("one"));
    }
}
