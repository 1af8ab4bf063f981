namespace Keelson.Tuf.Tests.Attacks;

/// <summary>Group 2: more data than anybody needs, or data that never end.</summary>
public sealed class EndlessDataTests
{
    [Theory]
    [InlineData(TufRoles.Root)]
    [InlineData(TufRoles.Timestamp, TufRoles.Root)]
    [InlineData(TufRoles.Snapshot, TufRoles.Root, TufRoles.Timestamp)]
    [InlineData(TufRoles.Targets, TufRoles.Root, TufRoles.Timestamp, TufRoles.Snapshot)]
    public async Task Data_without_end_are_refused_at_the_limit_of_the_role(string role, params string[] accepted)
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        await client.RefreshAsync();
        repository.Bump(TufRoles.Root, TufRoles.Targets);
        EndlessStream endless = new();
        repository.Intercept = path => path == repository.Dialect.FileOf(role, 2, null, true) ? endless : null;
        await client.RefusesAsync(store, TufFault.TooLarge, accepted);
        Assert.InRange(endless.Total, 1, new TufLimits().TargetsBytes + (128 * 1024));
    }

    [Fact]
    public async Task A_length_that_is_known_is_the_limit()
    {
        TestRepository repository = new(null, r => r.Builder.HasMetaHashes = true);
        (TufClient client, RecordingStore store) = await repository.NewClientAsync();
        EndlessStream endless = new();
        repository.Intercept = path => path == "1.targets.json" ? endless : null;
        await client.RefusesAsync(store, TufFault.TooLarge, TufRoles.Timestamp, TufRoles.Snapshot);
        Assert.InRange(endless.Total, 1, 64 * 1024);
    }

    [Fact]
    public async Task A_target_without_end_is_refused_at_its_length()
    {
        TestRepository repository = new(null, r => r.AddTarget("file", "content"));
        (TufClient client, _) = await repository.NewClientAsync();
        TufTargetFile target = (await client.FindTargetAsync("file"))!;
        EndlessStream endless = new();
        repository.Intercept = _ => endless;
        string file = Path.Combine(TestDirectory.Make("endless"), "file");
        Assert.Equal(TufFault.TooLarge, (await Assert.ThrowsAsync<TufException>(() => client.DownloadAsync(target, repository.Targets, file))).Fault);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_slow_drip_is_cut_off()
    {
        TestRepository repository = new();
        DripClock drip = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync(options => options with { Time = drip });
        repository.Intercept = path => path == "timestamp.json" ? new EndlessStream { AtATime = 1, OnRead = () => drip.Pass(TimeSpan.FromSeconds(2)) } : null;
        await client.RefusesAsync(store, TufFault.TooSlow);
    }

    [Fact]
    public async Task A_silent_server_is_left()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync(
            options => options with { Limits = new() { RateGrace = TimeSpan.FromMilliseconds(20) } });
        repository.Intercept = path => path == "timestamp.json" ? new SilentStream() : null;
        await client.RefusesAsync(store, TufFault.TooSlow);
    }

    [Fact]
    public async Task Roots_without_end_are_cut_off_and_what_was_followed_is_kept()
    {
        TestRepository repository = new();
        (TufClient client, RecordingStore store) = await repository.NewClientAsync(options => options with { Limits = new() { Roots = 3 } });
        for (int i = 0; i < 5; i++) repository.Bump(TufRoles.Root);
        await client.RefusesAsync(store, TufFault.TooMany, TufRoles.Root);
        Assert.Equal(4, store.VersionOf(TufRoles.Root));
    }

    /// <summary>A clock that only the stream moves.</summary>
    private sealed class DripClock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Pass(TimeSpan time) => ticks += time.Ticks;
    }

    private sealed class SilentStream : EndlessStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
