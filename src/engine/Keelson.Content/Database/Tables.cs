using System.Collections.Immutable;

namespace Keelson.Content;

/// <summary>All tables. Their numbers, and the order of the values in a row, are the format of the log: a change of either needs a migration.</summary>
internal static class Tables
{
    public static readonly Table<ContentInfo> Content = new(1, "content", row => row.Digest.ToString(),
        (w, row) =>
        {
            w.Digest(row.Digest);
            w.Number(row.Size);
            w.Labels(row.Labels);
            w.Time(row.CreatedAt);
            w.Time(row.UpdatedAt);
        },
        (ref r) => new(r.Digest(), r.Signed()) { Labels = r.Labels(), CreatedAt = r.Time(), UpdatedAt = r.Time() },
        space => space.Content, (space, rows) => space with { Content = rows });

    public static readonly Table<IngestRecord> Ingests = new(2, "ingest", row => row.Ref,
        (w, row) =>
        {
            w.Text(row.Ref);
            w.Number(row.Id);
            w.Number(row.Total);
            w.Digest(row.Expected);
            w.Time(row.StartedAt);
            w.Time(row.ExpiresAt);
            w.Byte(row.IsShared ? (byte)1 : (byte)0);
        },
        (ref r) => new(r.Text(), r.Number()) { Total = r.Signed(), Expected = r.Digest(), StartedAt = r.Time(), ExpiresAt = r.Time(), IsShared = r.Byte() != 0 },
        space => space.Ingests, (space, rows) => space with { Ingests = rows });

    public static readonly Table<ImageRecord> Images = new(3, "image", row => row.Name,
        (w, row) =>
        {
            w.Text(row.Name);
            w.Text(row.Target.MediaType);
            w.Digest(row.Target.Digest);
            w.Number(row.Target.Size);
            w.Labels(row.Target.Annotations);
            w.Labels(row.Labels);
            w.Time(row.CreatedAt);
            w.Time(row.UpdatedAt);
        },
        (ref r) => new(r.Text(), new(r.Text(), r.Digest(), r.Signed()) { Annotations = r.Labels() }) { Labels = r.Labels(), CreatedAt = r.Time(), UpdatedAt = r.Time() },
        space => space.Images, (space, rows) => space with { Images = rows });

    public static readonly Table<LeaseRecord> Leases = new(4, "lease", row => row.Id,
        (w, row) =>
        {
            w.Text(row.Id);
            w.Labels(row.Labels);
            w.Time(row.CreatedAt);
            w.Number((ulong)row.Resources.Count);
            foreach (LeaseResource resource in row.Resources)
            {
                w.Text(resource.Id);
                w.Text(resource.Type);
            }
        },
        (ref r) => new(r.Text()) { Labels = r.Labels(), CreatedAt = r.Time(), Resources = ReadResources(ref r) },
        space => space.Leases, (space, rows) => space with { Leases = rows });

    public static readonly Table<ContainerRecord> Containers = new(5, "container", row => row.Id,
        (w, row) =>
        {
            w.Text(row.Id);
            w.Labels(row.Labels);
            w.Text(row.Image);
            w.Text(row.RuntimeName);
            w.Text(row.Snapshotter);
            w.Text(row.SnapshotKey);
            w.Text(row.SandboxId);
            w.Bytes(row.Payload.Span);
            w.Time(row.CreatedAt);
            w.Time(row.UpdatedAt);
        },
        (ref r) => new(r.Text())
        {
            Labels = r.Labels(),
            Image = r.Text(),
            RuntimeName = r.Text(),
            Snapshotter = r.Text(),
            SnapshotKey = r.Text(),
            SandboxId = r.Text(),
            Payload = r.Bytes().ToArray(),
            CreatedAt = r.Time(),
            UpdatedAt = r.Time(),
        },
        space => space.Containers, (space, rows) => space with { Containers = rows });

    public static readonly Table<SnapshotRecord> Snapshots = new(6, "snapshot", row => SnapshotKey(row.Snapshotter, row.Key),
        (w, row) =>
        {
            w.Text(row.Snapshotter);
            w.Text(row.Key);
            w.Text(row.Parent);
            w.Text(row.InternalName);
            w.Byte((byte)row.Kind);
            w.Labels(row.Labels);
            w.Time(row.CreatedAt);
            w.Time(row.UpdatedAt);
        },
        (ref r) => new(r.Text(), r.Text())
        {
            Parent = r.Text(),
            InternalName = r.Text(),
            Kind = (SnapshotKind)r.Byte(),
            Labels = r.Labels(),
            CreatedAt = r.Time(),
            UpdatedAt = r.Time(),
        },
        space => space.Snapshots, (space, rows) => space with { Snapshots = rows });

    public static readonly Table<SandboxRecord> Sandboxes = new(7, "sandbox", row => row.Id,
        (w, row) =>
        {
            w.Text(row.Id);
            w.Labels(row.Labels);
            w.Bytes(row.Payload.Span);
            w.Time(row.CreatedAt);
            w.Time(row.UpdatedAt);
        },
        (ref r) => new(r.Text()) { Labels = r.Labels(), Payload = r.Bytes().ToArray(), CreatedAt = r.Time(), UpdatedAt = r.Time() },
        space => space.Sandboxes, (space, rows) => space with { Sandboxes = rows });

    public static readonly ImmutableArray<ITable> All = [Content, Ingests, Images, Leases, Containers, Snapshots, Sandboxes];

    /// <summary>The key of a snapshot's row. No name holds a zero character.</summary>
    public static string SnapshotKey(string snapshotter, string key) => snapshotter + "\0" + key;

    private static ImmutableHashSet<LeaseResource> ReadResources(ref RecordReader reader)
    {
        ImmutableHashSet<LeaseResource>.Builder resources = ImmutableHashSet.CreateBuilder<LeaseResource>();
        for (int count = reader.Count(); count > 0; count--) resources.Add(new(reader.Text(), reader.Text()));
        return resources.ToImmutable();
    }
}
