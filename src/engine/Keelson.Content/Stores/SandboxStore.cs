namespace Keelson.Content;

/// <summary>Sandboxes of a namespace.</summary>
public sealed class SandboxStore
{
    private readonly MetadataDatabase database;
    private readonly string space;

    internal SandboxStore(MetadataDatabase database, string space)
    {
        this.database = database;
        this.space = space;
    }

    /// <summary>A sandbox.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this id.</exception>
    public SandboxRecord Get(string id) => database.State.Namespace(space).Sandboxes.GetValueOrDefault(id) ?? throw MetadataTransaction.Missing(Tables.Sandboxes, space, id, "look up");

    /// <summary>All sandboxes that a filter holds for, by id.</summary>
    public IEnumerable<SandboxRecord> List(Filter? filter = null)
    {
        IEnumerable<SandboxRecord> rows = database.State.Namespace(space).Sandboxes.Values;
        return filter is null ? rows : rows.Where(filter.Matches);
    }

    /// <summary>Makes a sandbox. Its times are set here.</summary>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: the id is no <see cref="Identifier"/>, or the payload too long.</exception>
    public async Task<SandboxRecord> CreateAsync(SandboxRecord sandbox, EventDraft? announce = null)
    {
        Check(sandbox);
        return await database.Writer.WriteAsync(tx =>
        {
            SandboxRecord created = sandbox with { CreatedAt = tx.Now, UpdatedAt = tx.Now };
            tx.Add(Tables.Sandboxes, space, created);
            tx.Publish(announce);
            return created;
        }).ConfigureAwait(false);
    }

    /// <summary>Changes a sandbox.</summary>
    /// <param name="id">The sandbox.</param>
    /// <param name="change">Makes the new row of the present one. Id and time of making stay as they are. It waits for nothing; what it throws undoes the change.</param>
    /// <param name="announce">An event that enters the log with the change.</param>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: the payload is too long.</exception>
    public async Task<SandboxRecord> UpdateAsync(string id, Func<SandboxRecord, SandboxRecord> change, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            SandboxRecord current = tx.Get(Tables.Sandboxes, space, id, "update");
            SandboxRecord updated = change(current) with { Id = id, CreatedAt = current.CreatedAt, UpdatedAt = tx.Now };
            Check(updated);
            tx.Put(Tables.Sandboxes, space, updated);
            tx.Publish(announce);
            tx.MadeGarbage = true;
            return updated;
        }).ConfigureAwait(false);

    /// <summary>Removes a sandbox.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none of this id.</exception>
    public async Task DeleteAsync(string id, EventDraft? announce = null) =>
        await database.Writer.WriteAsync(tx =>
        {
            tx.Get(Tables.Sandboxes, space, id, "delete");
            tx.Remove(Tables.Sandboxes, space, id);
            tx.Publish(announce);
            return tx.MadeGarbage = true;
        }).ConfigureAwait(false);

    private static void Check(SandboxRecord sandbox)
    {
        Identifier.Check("sandbox", sandbox.Id);
        if (sandbox.Payload.Length > ContainerRecord.PayloadLimitBytes)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"sandbox {sandbox.Id}: its {sandbox.Payload.Length} bytes are more than {ContainerRecord.PayloadLimitBytes}");
    }
}
