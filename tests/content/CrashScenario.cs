using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Content.Tests;

/// <summary>A small life of a store, step by step, and what one sees of it.</summary>
internal static class CrashScenario
{
    private static readonly byte[] A = [.. Enumerable.Range(0, 3000).Select(i => (byte)i)], B = "content B, resumed"u8.ToArray(), C = "content C"u8.ToArray(), D = "content D"u8.ToArray();

    /// <summary>The steps. Each changes what one sees in one transaction at most.</summary>
    public static readonly Func<MetadataDatabase, Task>[] Steps =
    [
        db => db.Namespaces.CreateAsync("default", LabelSet.Of(("n", "1"))),
        db => PutAsync(db, A, "a", LabelSet.Of(("containerd.io/gc.ref.content.0", Digest.Of(B).ToString()))),
        db => db.Images("default").CreateAsync(new("image", new("application/x", Digest.Of(A), A.Length)), Event("/images/create")),
        BeginAsync,
        db => PutAsync(db, B, "b"),
        db => db.Leases("default").CreateAsync("lease", announce: Event("/leases/create")),
        db => PutAsync(db, C, "c", lease: "lease"),
        db => db.Snapshots("default", "overlayfs", "lease").CreateAsync("s1", "", SnapshotKind.Active),
        db => db.Snapshots("default", "overlayfs").CommitAsync("s1", "s2"),
        db => db.Containers("default").CreateAsync(new("box") { Snapshotter = "overlayfs", SnapshotKey = "s2", Payload = A }),
        db => db.Sandboxes("default").CreateAsync(new("sandbox")),
        db => ShareAsync(db, B),
        db => PutAsync(db, D, "d"),
        db => db.Collector.CollectAsync(),
        db => db.Content("default").UpdateAsync(new(Digest.Of(A), 0) { Labels = LabelSet.Of(("x", "y")) }),
        db => db.Leases("default").DeleteAsync("lease"),
        db => db.Collector.CollectAsync(),
        db => db.Images("default").DeleteAsync("image", announce: Event("/images/delete")),
        db => db.Content("default").DeleteAsync(Digest.Of(A)),
        db => db.Collector.CollectAsync(),
        db => PutAsync(db, A, "a2", LabelSet.Of((ControlLabels.GcRoot, "1"))),
        db => db.Containers("default").DeleteAsync("box"),
    ];

    /// <summary>Steps done after which the last one, a snapshot that is not committed, is not yet on the disk: a loss of power may take it.</summary>
    private const int LazyStepDone = 8;

    /// <summary>How a store of the scenario is opened: with many checkpoints.</summary>
    public static MetadataOptions Options(string root, Disk disk) => new(root) { Time = new TestClock(), CheckpointBytes = 900, Retention = new() { Count = 2 }, Disk = disk };

    /// <summary>Everything that one sees, but for ingests, which a loss of power may take.</summary>
    public static string Facts(MetadataDatabase database)
    {
        MetadataView view = database.View();
        List<string> facts = [];
        foreach (string space in view.Namespaces)
        {
            facts.Add($"namespace {space} {Text(database.Namespaces.Get(space).Labels)}");
            facts.AddRange(view.Content(space).Select(row => $"{space} content {row.Digest} {row.Size} {Text(row.Labels)}"));
            facts.AddRange(view.Images(space).Select(row => $"{space} image {row.Name} {row.Target.Digest} {Text(row.Labels)}"));
            facts.AddRange(view.Leases(space).Select(row => $"{space} lease {row.Id} {string.Join(' ', row.Resources.Where(held => held.Type != LeaseResource.Ingests).Select(held => held.ToString()).Order())}"));
            facts.AddRange(view.Containers(space).Select(row => $"{space} container {row.Id} {Digest.Of(row.Payload.Span)}"));
            facts.AddRange(view.Sandboxes(space).Select(row => $"{space} sandbox {row.Id}"));
            facts.AddRange(view.Snapshots(space).Select(row => $"{space} snapshot {row.Key} {row.Kind}"));
        }
        facts.AddRange(database.Events.Read().Select(record => $"event {record.Sequence} {record.Topic}"));
        return string.Join('\n', facts);
    }

    /// <summary>What one sees before the first step and after each.</summary>
    public static async Task<List<string>> ExpectedAsync(string root, Disk? disk = null)
    {
        await using MetadataDatabase database = MetadataDatabase.Open(Options(root, disk ?? new()));
        List<string> facts = [Facts(database)];
        foreach (Func<MetadataDatabase, Task> step in Steps)
        {
            await step(database);
            facts.Add(Facts(database));
        }
        return facts;
    }

    /// <summary>Opens a store after a crash and looks at all of it.</summary>
    /// <param name="root">The store.</param>
    /// <param name="expected">What one sees after each step.</param>
    /// <param name="done">Steps that were acknowledged.</param>
    /// <param name="where">The place of the crash, for messages.</param>
    /// <param name="isPowerCut">Whether bytes that were not synced may be gone.</param>
    public static async Task CheckAsync(string root, List<string> expected, int done, string where, bool isPowerCut = false)
    {
        await using MetadataDatabase database = MetadataDatabase.Open(Options(root, new()));
        string facts = Facts(database);
        // A namespace that the beginning of an ingest made may have gone with it.
        Assert.True(facts == expected[done] || done + 1 < expected.Count && facts == expected[done + 1] || IsPart(facts, expected, done) || isPowerCut && done == LazyStepDone && facts == expected[done - 1],
            $"crash {where} after {done} steps\nseen:\n{facts}\nexpected:\n{expected[done]}\nor:\n{expected[Math.Min(done + 1, expected.Count - 1)]}");
        Assert.Empty(database.Recovery.MissingBlobs);
        HashSet<string> known = [];
        foreach (string space in database.View().Namespaces)
            foreach (ContentInfo info in database.Content(space).List())
            {
                using ContentReader reader = database.Content(space).OpenReader(info.Digest);
                Assert.Equal(info.Size, reader.ReadAll().Length);
                known.Add(info.Digest.Hex);
            }
        int ingests = database.View().Namespaces.Sum(space => database.Content(space).ListStatuses().Count());
        Assert.Equal(known.Order(), Directory.GetFiles(root + "/blobs/sha256").Select(Path.GetFileName).Order());
        Assert.True(Directory.GetFiles(root + "/ingests").Length <= ingests, $"crash {where}: a file without an ingest");
        Assert.Empty(Directory.GetFiles(root, "*.tmp", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(root + "/quarantine"));
        await PutAsync(database, [1, 2, 3, (byte)done], "after");
    }

    private static bool IsPart(string facts, List<string> expected, int done) =>
        done + 1 < expected.Count && facts.Replace("namespace other \n", "", StringComparison.Ordinal) == expected[done].Replace("namespace other \n", "", StringComparison.Ordinal);

    private static string Text(LabelSet labels) => string.Join(',', labels.Select(label => $"{label.Key}={label.Value}"));

    private static EventDraft Event(string topic) => new("default", topic, "type", new byte[] { 1 });

    private static async Task BeginAsync(MetadataDatabase database)
    {
        using IContentWriter writer = await database.Content("default").OpenWriterAsync("b", B.Length, Digest.Of(B));
        writer.Write(B.AsSpan(0, 9));
    }

    private static async Task PutAsync(MetadataDatabase database, byte[] content, string reference, LabelSet? labels = null, string? lease = null)
    {
        using IContentWriter writer = await database.Content("default", lease).OpenWriterAsync(reference, content.Length, Digest.Of(content));
        for (int at = (int)writer.Offset; at < content.Length; at += 1000) writer.Write(content.AsSpan(at, Math.Min(1000, content.Length - at)));
        await writer.CommitAsync(content.Length, Digest.Of(content), labels);
    }

    private static async Task ShareAsync(MetadataDatabase database, byte[] content)
    {
        using IContentWriter writer = await database.Content("other").OpenWriterAsync("shared", 0, Digest.Of(content));
        await writer.CommitAsync(labels: LabelSet.Of((ControlLabels.GcRoot, "1")));
    }
}
