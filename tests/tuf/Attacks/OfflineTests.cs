namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 12: the repository does not answer.</summary>
public sealed class OfflineTests
{
    [Theory]
    [MemberData(nameof(TestRepository.Dialects), MemberType = typeof(TestRepository))]
    public async Task Kept_metadata_do_while_the_timestamp_lives_and_the_caller_is_told(string dialect)
    {
        (TestRepository repository, TufClient client, _) = await OfflineAsync(true, TestRepository.DialectOf(dialect));
        repository.Clock.Advance(TimeSpan.FromDays(13));
        await client.RefreshAsync();
        Assert.Equal(2, client.Warnings.Count);
        Assert.NotNull(await client.FindTargetAsync("file"));
    }

    [Fact]
    public async Task An_expired_timestamp_does_not_do()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await OfflineAsync(true);
        repository.Clock.Advance(TimeSpan.FromDays(14));
        await client.RefusesAsync(store, TufFault.Expired);
    }

    [Fact]
    public async Task Nobody_is_offline_who_did_not_ask_for_it()
    {
        (_, TufClient client, RecordingStore store) = await OfflineAsync(false);
        await client.RefusesAsync(store, TufFault.Unavailable);
    }

    [Fact]
    public async Task Without_a_kept_timestamp_there_is_nothing_to_trust()
    {
        TestRepository repository = new() { IsDown = true };
        (TufClient client, RecordingStore store) = await repository.NewClientAsync(options => options with { MayBeOffline = true });
        await client.RefusesAsync(store, TufFault.Unavailable);
    }

    [Fact]
    public async Task A_kept_timestamp_that_was_tampered_with_does_not_do()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await OfflineAsync(true);
        store[TufRoles.Timestamp] = System.Text.Encoding.UTF8.GetBytes(repository.TextOf(TufRoles.Timestamp).Replace("\"version\":1", "\"version\":9", StringComparison.Ordinal));
        await client.RefusesAsync(store, TufFault.Unavailable);
    }

    [Fact]
    public async Task A_server_that_says_not_found_is_not_offline()
    {
        (TestRepository repository, TufClient client, RecordingStore store) = await OfflineAsync(true);
        repository.IsDown = false;
        repository.Overrides["timestamp.json"] = null;
        await client.RefusesAsync(store, TufFault.NotFound);
    }

    [Fact]
    public async Task Warnings_end_with_the_next_update()
    {
        (TestRepository repository, TufClient client, _) = await OfflineAsync(true);
        await client.RefreshAsync();
        repository.IsDown = false;
        await client.RefreshAsync();
        Assert.Empty(client.Warnings);
    }

    private static async Task<(TestRepository Repository, TufClient Client, RecordingStore Store)> OfflineAsync(bool mayBeOffline, ITufDialect? dialect = null)
    {
        TestRepository repository = new(dialect, r => r.AddTarget("file", "content"));
        (TufClient client, RecordingStore store) = await repository.NewClientAsync(options => options with { MayBeOffline = mayBeOffline });
        await client.RefreshAsync();
        repository.IsDown = true;
        return (repository, client, store);
    }
}
