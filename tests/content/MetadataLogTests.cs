using Keelson.Linux;

namespace Keelson.Content.Tests;

/// <summary>The files of the metadata.</summary>
public sealed class MetadataLogTests : StoreTest
{
    private string Log => Root + "/metadata/log-0";

    [Fact]
    public async Task A_torn_end_of_the_log_is_cut_off()
    {
        await FillAsync(3);
        await Database.DisposeAsync();
        byte[] whole = File.ReadAllBytes(Log);
        for (int length = whole.Length - 1; length > whole.Length - 30; length -= 7)
        {
            File.WriteAllBytes(Log, whole[..length]);
            await ReopenAsync();
            Assert.Equal(["n0", "n1"], Database.View().Namespaces);
            await Database.DisposeAsync();
        }
        File.WriteAllBytes(Log, [.. whole, .. new byte[5000]]);
        await ReopenAsync();
        Assert.Equal(3, Database.View().Namespaces.Count());
        await FillAsync(4);
        await ReopenAsync();
        Assert.Equal(4, Database.View().Namespaces.Count());
    }

    [Fact]
    public async Task Damage_before_the_end_of_the_log_is_DataLoss()
    {
        await FillAsync(3);
        await Database.DisposeAsync();
        byte[] whole = File.ReadAllBytes(Log);
        // Damage of the last frame looks like a torn end. The three frames are of one length.
        for (int at = 0; at < whole.Length - (whole.Length - LogFormat.HeaderBytes) / 3; at += 3)
        {
            if (at is >= 12 and < 16) continue; // Not used.
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x40;
            File.WriteAllBytes(Log, damaged);
            KeelsonException error = Assert.ThrowsAny<KeelsonException>(() => MetadataDatabase.Open(Options));
            Assert.True(error.Kind is ErrorKind.DataLoss || at is >= 8 and < 12, $"byte {at}: {error.Kind}");
        }
        File.WriteAllBytes(Log, whole);
        await ReopenAsync();
    }

    [Fact]
    public async Task A_checkpoint_takes_the_place_of_the_log()
    {
        await ReopenAsync(Options with { CheckpointBytes = 2000 });
        await FillAsync(300);
        await Database.DisposeAsync();
        string[] files = [.. Directory.GetFiles(Root + "/metadata").Select(path => Path.GetFileName(path)!)];
        Assert.Equal(1, files.Count(name => name.StartsWith("checkpoint-", StringComparison.Ordinal)));
        Assert.DoesNotContain("log-0", files);
        await ReopenAsync();
        Assert.Equal(300, Database.View().Namespaces.Count());
        Assert.Null(Database.CheckpointFailure);
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_DataLoss()
    {
        await ReopenAsync(Options with { CheckpointBytes = 2000 });
        await FillAsync(300);
        await Database.DisposeAsync();
        string checkpoint = Directory.GetFiles(Root + "/metadata", "checkpoint-*")[0];
        byte[] whole = File.ReadAllBytes(checkpoint);
        File.WriteAllBytes(checkpoint, whole[..^1]);
        Fails(ErrorKind.DataLoss, () => MetadataDatabase.Open(Options));
        File.WriteAllBytes(checkpoint, whole);
        await ReopenAsync();
    }

    [Fact]
    public async Task Metadata_of_a_later_version_are_refused_and_left_alone()
    {
        await FillAsync(1);
        await Database.DisposeAsync();
        byte[] log = File.ReadAllBytes(Log);
        log[8]++;
        File.WriteAllBytes(Log, log);
        Fails(ErrorKind.FailedPrecondition, () => MetadataDatabase.Open(Options));
        Assert.Equal(log, File.ReadAllBytes(Log));
        log[8]--;
        File.WriteAllBytes(Log, log);
        await ReopenAsync();
    }

    [Fact]
    public async Task An_older_version_is_migrated_once()
    {
        await FillAsync(2);
        int runs = 0;
        Migration toTwo = new(1, state =>
        {
            runs++;
            return state with { Namespaces = state.Namespaces.Add("migrated", NamespaceState.Empty) };
        });
        MetadataOptions later = Options with { Migrations = [toTwo] };
        await ReopenAsync(later);
        Assert.Equal(["migrated", "n0", "n1"], Database.View().Namespaces);
        await ReopenAsync(later);
        Assert.Equal(1, runs);
        await Database.DisposeAsync();
        Fails(ErrorKind.FailedPrecondition, () => MetadataDatabase.Open(Options));
        await ReopenAsync(later);
    }

    [Fact]
    public async Task A_full_disk_undoes_the_transaction_and_the_next_one_works()
    {
        FullDisk disk = new();
        await ReopenAsync(Options with { Disk = disk });
        await FillAsync(2);
        disk.IsFull = true;
        await FailsAsync(ErrorKind.Unavailable, () => Database.Namespaces.CreateAsync("lost"));
        Assert.Equal(["n0", "n1"], Database.View().Namespaces);
        disk.IsFull = false;
        await Database.Namespaces.CreateAsync("won");
        await ReopenAsync();
        Assert.Equal(["n0", "n1", "won"], Database.View().Namespaces);
    }

    [Fact]
    public async Task A_commit_that_the_log_cannot_take_gives_the_bytes_back()
    {
        FullDisk disk = new();
        await ReopenAsync(Options with { Disk = disk });
        IContentWriter writer = await Database.Content("default").OpenWriterAsync("r");
        writer.Write([1, 2, 3]);
        disk.IsFull = true;
        await FailsAsync(ErrorKind.Unavailable, () => writer.CommitAsync());
        disk.IsFull = false;
        Assert.Empty(BlobFiles);
        using IContentWriter again = await Database.Content("default").OpenWriterAsync("r");
        Assert.Equal(3, again.Offset);
        await again.CommitAsync();
    }

    [Fact]
    public async Task A_failed_sync_of_lazy_changes_stops_all_writing_until_it_is_opened_again()
    {
        FullDisk disk = new();
        await ReopenAsync(Options with { Disk = disk });
        (await Database.Content("default").OpenWriterAsync("lazy")).Dispose();
        disk.IsSyncBroken = true;
        await FailsAsync(ErrorKind.DataLoss, () => Database.Namespaces.CreateAsync("lost"));
        disk.IsSyncBroken = false;
        await FailsAsync(ErrorKind.Unavailable, () => Database.Namespaces.CreateAsync("later"));
        await ReopenAsync();
        await Database.Namespaces.CreateAsync("later");
    }

    [Fact]
    public async Task Transactions_that_come_at_once_share_a_sync()
    {
        const int Count = 200;
        int begun = 0;
        // The first one is under way until all others have come.
        CountingDisk disk = new(() => Volatile.Read(ref begun) is 0 or Count);
        await ReopenAsync(Options with { Disk = disk });
        int before = disk.Syncs;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i => Task.Run(() =>
        {
            Interlocked.Increment(ref begun);
            return Database.Namespaces.CreateAsync($"n{i}");
        })));
        Assert.InRange(disk.Syncs - before, 1, 20);
        await ReopenAsync();
        Assert.Equal(200, Database.View().Namespaces.Count());
    }

    [Fact]
    public async Task A_view_does_not_change()
    {
        await FillAsync(1);
        MetadataView view = Database.View();
        await FillAsync(5);
        Assert.Single(view.Namespaces);
        Assert.Equal(5, Database.View().Namespaces.Count());
    }

    private async Task FillAsync(int count)
    {
        for (int i = Database.View().Namespaces.Count(); i < count; i++) await Database.Namespaces.CreateAsync($"n{i}", LabelSet.Of(("label", new string('x', 20))));
    }

    private sealed class FullDisk : Disk
    {
        public bool IsFull, IsSyncBroken;

        public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
        {
            if (!IsFull)
            {
                base.Write(file, path, data);
                return;
            }
            base.Write(file, path, data[..(data.Length / 2)]);
            throw new LinuxException("write", path, Errno.ENOSPC);
        }

        public override void Sync(FdHandle file, string path)
        {
            if (IsSyncBroken) throw new LinuxException("sync", path, Errno.EIO);
            base.Sync(file, path);
        }
    }

    private sealed class CountingDisk(Func<bool> mayEnd) : Disk
    {
        private int syncs;

        public int Syncs => Volatile.Read(ref syncs);

        public override void Sync(FdHandle file, string path)
        {
            Interlocked.Increment(ref syncs);
            Condition.Await("the others", mayEnd);
            base.Sync(file, path);
        }
    }
}
