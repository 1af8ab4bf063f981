namespace Keelson.Content;

/// <summary>Containers of a namespace. Each holds the snapshot of its root file system.</summary>
public sealed class ContainerStore
{
    private readonly MetadataDatabase database;
    private readonly string space;

    internal ContainerStore(MetadataDatabase database, string space)
    {
        this.database = database;
        this.space = space;
    }

    /// <summary>A container.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this id.</exception>
    public ContainerRecord Get(string id) => database.State.Namespace(space).Containers.GetValueOrDefault(id) ?? throw MetadataTransaction.Missing(Tables.Containers, space, id, "look up");

    /// <summary>All containers that a filter holds for, by id.</summary>
    public IEnumerable<ContainerRecord> List(Filter? filter = null)
    {
        IEnumerable<ContainerRecord> rows = database.State.Namespace(space).Containers.Values;
        return filter is null ? rows : rows.Where(filter.Matches);
    }

    /// <summary>Makes a container. Its times are set here.</summary>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: the id is no <see cref="Identifier"/>, or the payload too long.</exception>
    public async Task<ContainerRecord> CreateAsync(ContainerRecord container, EventDraft? announce = null)
    {
        Check(container);
        return await database.Writer.WriteAsync(tx =>
        {
            ContainerRecord created = container with { CreatedAt = tx.Now, UpdatedAt = tx.Now };
            tx.Add(Tables.Containers, space, created);
            tx.Publish(announce);
            return created;
        }).ConfigureAwait(false);
    }

    /// <summary>Makes a container, with several events.</summary>
    /// <inheritdoc cref="CreateAsync(ContainerRecord, EventDraft)" path="/exception"/>
    public async Task<ContainerRecord> CreateAsync(ContainerRecord container, IReadOnlyList<EventDraft> announce)
    {
        Check(container);
        return await database.Writer.WriteAsync(tx =>
        {
            ContainerRecord created = container with { CreatedAt = tx.Now, UpdatedAt = tx.Now };
            tx.Add(Tables.Containers, space, created);
            foreach (EventDraft draft in announce) tx.Publish(draft);
            return created;
        }).ConfigureAwait(false);
    }

    /// <summary>Changes what a container is doing, which leads to nothing else: no garbage comes of it.</summary>
    /// <param name="id">The container.</param>
    /// <param name="change">Makes the new row of the present one; what it throws undoes the change.</param>
    /// <param name="announce">Events that enter the log with the change.</param>
    /// <param name="isLazy">It is enough that a crash of the process does not undo it; a loss of power may, and takes what is running with it.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: the payload is too long.</exception>
    public async Task<ContainerRecord> ChangeAsync(string id, Func<ContainerRecord, ContainerRecord> change, IReadOnlyList<EventDraft> announce, bool isLazy = false) =>
        await database.Writer.WriteAsync(tx =>
        {
            ContainerRecord current = tx.Get(Tables.Containers, space, id, "update");
            ContainerRecord updated = change(current) with { Id = id, CreatedAt = current.CreatedAt, UpdatedAt = tx.Now };
            Check(updated);
            tx.Put(Tables.Containers, space, updated);
            foreach (EventDraft draft in announce) tx.Publish(draft);
            tx.IsLazy = isLazy;
            return updated;
        }).ConfigureAwait(false);

    /// <summary>Changes a container.</summary>
    /// <param name="id">The container.</param>
    /// <param name="change">Makes the new row of the present one. Id and time of making stay as they are. It waits for nothing; what it throws undoes the change.</param>
    /// <param name="announce">Makes the event that enters the log with the change; it is given the new row.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: the payload is too long.</exception>
    public async Task<ContainerRecord> UpdateAsync(string id, Func<ContainerRecord, ContainerRecord> change, Func<ContainerRecord, EventDraft>? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            ContainerRecord current = tx.Get(Tables.Containers, space, id, "update");
            ContainerRecord updated = change(current) with { Id = id, CreatedAt = current.CreatedAt, UpdatedAt = tx.Now };
            Check(updated);
            tx.Put(Tables.Containers, space, updated);
            tx.Publish(announce?.Invoke(updated));
            tx.MadeGarbage = true;
            return updated;
        }).ConfigureAwait(false);

    /// <summary>Removes a container.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this id.</exception>
    public async Task DeleteAsync(string id, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            tx.Get(Tables.Containers, space, id, "delete");
            tx.Remove(Tables.Containers, space, id);
            tx.Publish(announce);
            return tx.MadeGarbage = true;
        }).ConfigureAwait(false);

    /// <summary>Removes a container, with several events.</summary>
    /// <inheritdoc cref="DeleteAsync(string, EventDraft)" path="/exception"/>
    public async Task DeleteAsync(string id, IReadOnlyList<EventDraft> announce) =>
        await database.Writer.WriteAsync(tx =>
        {
            tx.Get(Tables.Containers, space, id, "delete");
            tx.Remove(Tables.Containers, space, id);
            foreach (EventDraft draft in announce) tx.Publish(draft);
            return tx.MadeGarbage = true;
        }).ConfigureAwait(false);

    private static void Check(ContainerRecord container)
    {
        Identifier.Check("container", container.Id);
        if (container.Payload.Length > ContainerRecord.PayloadLimitBytes)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"container {container.Id}: its {container.Payload.Length} bytes are more than {ContainerRecord.PayloadLimitBytes}");
        if (container.SnapshotKey.Length > 0 && container.Snapshotter.Length == 0)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"container {container.Id}: it names a snapshot and no snapshotter");
    }
}
