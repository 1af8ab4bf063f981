using System.Security.Cryptography;

namespace Keelson.Content;

/// <summary>Leases of a namespace: what they hold is not collected.</summary>
public sealed class LeaseStore
{
    private readonly MetadataDatabase database;
    private readonly string space;

    internal LeaseStore(MetadataDatabase database, string space)
    {
        this.database = database;
        this.space = space;
    }

    /// <summary>A lease.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this id.</exception>
    public LeaseRecord Get(string id) => database.State.Namespace(space).Leases.GetValueOrDefault(id) ?? throw MetadataTransaction.Missing(Tables.Leases, space, id, "look up");

    /// <summary>All leases that a filter holds for, by id.</summary>
    public IEnumerable<LeaseRecord> List(Filter? filter = null)
    {
        IEnumerable<LeaseRecord> rows = database.State.Namespace(space).Leases.Values;
        return filter is null ? rows : rows.Where(filter.Matches);
    }

    /// <summary>Makes a lease.</summary>
    /// <param name="id">Any text without control characters, as containerd 1.6 takes it; empty for a random one.</param>
    /// <param name="labels">Labels, among them <see cref="ControlLabels.GcExpire"/> and <see cref="ControlLabels.GcFlat"/>.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: the id is none, or the time of expiry cannot be read.</exception>
    public async Task<LeaseRecord> CreateAsync(string id = "", LabelSet? labels = null, EventDraft? announce = null)
    {
        if (id.Length == 0) id = RandomNumberGenerator.GetHexString(24, lowercase: true);
        Identifier.CheckName("lease", id);
        if (labels?.TryGetValue(ControlLabels.GcExpire, out string? expiry) == true && !GarbageLabels.TryTime(expiry, out _))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create lease {id}: '{expiry}' is no time of RFC 3339");
        return await database.Writer.WriteAsync(tx =>
        {
            LeaseRecord created = new(id) { Labels = labels ?? LabelSet.Empty, CreatedAt = tx.Now };
            tx.Add(Tables.Leases, space, created);
            tx.Publish(announce);
            return created;
        }).ConfigureAwait(false);
    }

    /// <summary>Removes a lease.</summary>
    /// <param name="id">The lease.</param>
    /// <param name="isSynchronous">Whether to collect what it alone held before the task ends.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <exception cref="KeelsonException">NotFound: there is none of this id.</exception>
    public async Task DeleteAsync(string id, bool isSynchronous = false, EventDraft? announce = null)
    {
        await database.Writer.WriteAsync(tx =>
        {
            tx.Get(Tables.Leases, space, id, "delete");
            tx.Remove(Tables.Leases, space, id);
            tx.Publish(announce);
            return tx.MadeGarbage = true;
        }).ConfigureAwait(false);
        if (isSynchronous) await database.Collector.CollectAsync().ConfigureAwait(false);
    }

    /// <summary>Lets a lease hold something, which need not be there yet.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such lease. InvalidArgument: the type is unknown.</exception>
    public async Task AddResourceAsync(string id, LeaseResource resource)
    {
        Check(resource);
        await database.Writer.WriteAsync(tx =>
        {
            LeaseRecord lease = tx.Get(Tables.Leases, space, id, "add to");
            if (!lease.Resources.Contains(resource)) tx.Put(Tables.Leases, space, lease with { Resources = lease.Resources.Add(resource) });
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Takes something out of a lease; it is well when it is not in it.</summary>
    /// <inheritdoc cref="AddResourceAsync" path="/exception"/>
    public async Task DeleteResourceAsync(string id, LeaseResource resource)
    {
        Check(resource);
        await database.Writer.WriteAsync(tx =>
        {
            LeaseRecord lease = tx.Get(Tables.Leases, space, id, "remove from");
            if (lease.Resources.Contains(resource)) tx.Put(Tables.Leases, space, lease with { Resources = lease.Resources.Remove(resource) });
            return tx.MadeGarbage = true;
        }).ConfigureAwait(false);
    }

    /// <summary>What a lease holds, by type and id.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such lease.</exception>
    public IReadOnlyList<LeaseResource> ListResources(string id) =>
        [.. Get(id).Resources.OrderBy(resource => resource.Type, StringComparer.Ordinal).ThenBy(resource => resource.Id, StringComparer.Ordinal)];

    private void Check(LeaseResource resource)
    {
        Identifier.CheckName("leased resource", resource.Id);
        string type = resource.Type;
        bool isKnown = type is LeaseResource.Content or LeaseResource.Ingests or LeaseResource.Images || database.Collector.Knows(type)
            || type.StartsWith(LeaseResource.Snapshots, StringComparison.Ordinal) && Identifier.IsValid(type.AsSpan(LeaseResource.Snapshots.Length));
        if (!isKnown) throw new KeelsonException(ErrorKind.InvalidArgument, $"lease resource {resource.Id}: its type '{type}' is unknown");
        if (type == LeaseResource.Content) Oci.Digest.Parse(resource.Id);
    }
}
