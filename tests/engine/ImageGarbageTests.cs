using Keelson.Distribution.Tests;
using Keelson.Engine.Images;

namespace Keelson.Engine.Tests;

/// <summary>Images removed by use of the disk, and what the storage takes.</summary>
public sealed class ImageGarbageTests
{
    [RootFact]
    public async Task A_full_disk_removes_the_longest_unused_images_until_there_is_room()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        long available = 5;
        string[] names = await ThreeAsync(engine);
        engine.Images.MarkUsed(EngineUnderTest.Space, names[0]);
        await using ImageGarbage garbage = new(engine.Engine, new()
        {
            HighThresholdPercent = 90,
            LowThresholdPercent = 80,
            MinimumAge = TimeSpan.Zero,
            Interval = TimeSpan.FromHours(1),
            Measure = () => (100, available),
            Removed = (_, _) => available += 10,
        });

        Assert.Equal(2, await garbage.RunOnceAsync());

        Assert.Equal([names[0]], (await engine.Images.ListAsync(EngineUnderTest.Space)).SelectMany(image => image.Names));
        Assert.Single(await engine.KeysAsync());
    }

    [RootFact]
    public async Task Images_in_use_or_young_stay_whatever_the_disk_says()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        string[] names = await ThreeAsync(engine);
        await engine.Database.Containers(EngineUnderTest.Space).CreateAsync(new("c") { RuntimeName = "r", Image = names[0] });
        ImageGarbageOptions full = new() { HighThresholdPercent = 90, Interval = TimeSpan.FromHours(1), Measure = () => (100, 0) };
        await using ImageGarbage young = new(engine.Engine, full with { MinimumAge = TimeSpan.FromHours(1) }), old = new(engine.Engine, full with { MinimumAge = TimeSpan.Zero });

        Assert.Equal((0, 2), (await young.RunOnceAsync(), await old.RunOnceAsync()));

        Assert.Equal([names[0]], (await engine.Images.ListAsync(EngineUnderTest.Space)).SelectMany(image => image.Names));
    }

    [RootFact]
    public async Task Below_the_mark_nothing_is_removed_and_marks_are_checked()
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await ThreeAsync(engine);
        await using ImageGarbage garbage = new(engine.Engine, new() { HighThresholdPercent = 90, MinimumAge = TimeSpan.Zero, Interval = TimeSpan.FromHours(1), Measure = () => (100, 11) });

        Assert.Equal(0, await garbage.RunOnceAsync());
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<KeelsonException>(() => new ImageGarbage(engine.Engine, new() { HighThresholdPercent = 70 })).Kind);
    }

    [RootFact]
    public async Task What_images_take_is_counted_once()
    {
        TestImage image = TestImage.Make(isGzip: true, 300_000);
        await using ImageServer registry = new(image);
        await using EngineUnderTest engine = await EngineUnderTest.OpenAsync();
        await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference);
        await engine.Images.PullAsync("other", registry.Reference);

        StorageUsage usage = await engine.Engine.UsageAsync();

        Assert.Equal((image.Layers[0].Length + image.Config.Length + image.Manifest.Length, 3, 0), (usage.ContentBytes, usage.ContentBlobs, usage.IngestBytes));
        Assert.InRange(usage.Snapshots["overlayfs"].SizeBytes, 600_000, 640_000);
        Assert.Equal(4, usage.Snapshots["overlayfs"].Inodes);
        Assert.True(usage.FileSystemBytes > usage.FileSystemAvailableBytes);
    }

    private static async Task<string[]> ThreeAsync(EngineUnderTest engine)
    {
        List<string> names = [];
        foreach (int size in (int[])[1000, 2000, 3000])
        {
            await using ImageServer registry = new(TestImage.Make(isGzip: true, size));
            EngineImage pulled = await engine.Images.PullAsync(EngineUnderTest.Space, registry.Reference, new() { Name = $"example.org/image:{size}" });
            names.AddRange(pulled.Names);
        }
        return [.. names];
    }
}
