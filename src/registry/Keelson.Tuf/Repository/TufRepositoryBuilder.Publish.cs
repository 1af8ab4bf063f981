using System.Text.Json.Nodes;

namespace Keelson.Tuf;

public sealed partial class TufRepositoryBuilder
{
    /// <summary>Makes the next version of a role, without signatures. Snapshot and timestamp name what was accepted last.</summary>
    /// <param name="role">The role.</param>
    /// <returns>The file, to be signed with <see cref="TufSigning.Add"/>.</returns>
    public byte[] Stage(string role)
    {
        JsonObject tree = TreeOf(role);
        if (role == TufRoles.Snapshot) tree["meta"] = SnapshotMeta();
        if (role == TufRoles.Timestamp) tree["meta"] = new JsonObject { [dialect.MetaOf(TufRoles.Snapshot)] = MetaFile(TufRoles.Snapshot) };
        tree["version"] = (current.TryGetValue(role, out ReadOnlyMemory<byte> before) ? TufEnvelope.Parse(before, dialect).Signed.GetProperty("version").GetInt64() : 0) + 1;
        tree["expires"] = dialect.WriteExpires(time.GetUtcNow() + LifetimeOf(role));
        return TufSigning.Unsigned(tree);
    }

    /// <summary>Takes a signed file as the newest of its role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="TufException">Fewer keys signed than clients will ask for: of a root also those of the root before.</exception>
    public void Accept(string role, ReadOnlyMemory<byte> file)
    {
        TufEnvelope envelope = TufEnvelope.Parse(file, dialect);
        if (role == TufRoles.Root)
        {
            if (current.TryGetValue(role, out ReadOnlyMemory<byte> before)) CheckBy(new(TufEnvelope.Parse(before, dialect)), role, envelope);
            CheckBy(new(envelope), role, envelope);
        }
        else if (TufRoles.IsTopLevel(role))
        {
            ReadOnlyMemory<byte> root = current.GetValueOrDefault(TufRoles.Root);
            if (root.IsEmpty) throw new TufException(TufFault.NotFound, $"accept {role}: there is no root");
            CheckBy(new(TufEnvelope.Parse(root, dialect)), role, envelope);
        }
        else
        {
            // The delegation may still wait for its own publication.
            TufDelegations delegations = TufDelegations.Read(TufJson.Parse(JsonText.Write(trees[delegators[role]]["delegations"]!)), dialect);
            TufDelegatedRole delegation = delegations.Find(role) ?? throw new TufException(TufFault.NotFound, $"accept {role}: nobody delegates to it");
            TufThreshold.Check(role, envelope, delegation.Keys, delegations.Keys);
        }
        Put(role, file);
        changed.Remove(role);
        // What names this file has to follow.
        if (role is not (TufRoles.Snapshot or TufRoles.Timestamp) && (role != TufRoles.Root || dialect.SnapshotHasRoot)) changed.Add(TufRoles.Snapshot);
        if (role == TufRoles.Snapshot) changed.Add(TufRoles.Timestamp);
    }

    /// <summary>Makes, signs and accepts the next version of everything that changed, in the order in which one names the other.</summary>
    /// <param name="signers">
    /// Who signs a role. For the root these are the keys of the root before too, when they change. For the bins of
    /// <see cref="DelegateSuccinctly"/> and <see cref="DelegateToBins"/> it is asked with each bin's name.
    /// </param>
    /// <returns>The roles of which there is a new version.</returns>
    /// <exception cref="TufException">Too few sign some role; those before it are accepted.</exception>
    public IReadOnlyList<string> Publish(Func<string, IEnumerable<ITufSigner>> signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        List<string> published = [];
        // Snapshot and timestamp join the changes on the way.
        foreach (string role in (string[])[TufRoles.Root, .. changed.Where(role => !TufRoles.IsTopLevel(role)), TufRoles.Targets, TufRoles.Snapshot, TufRoles.Timestamp])
        {
            if (!changed.Contains(role)) continue;
            Accept(role, TufSigning.Add(Stage(role), dialect, signers(role), KeysFor(role)));
            published.Add(role);
        }
        return published;
    }

    /// <summary>Writes all files into a directory, the timestamp last, so that a reader of it never sees a name without its file.</summary>
    /// <param name="directory">Made when it is not there.</param>
    /// <param name="cancellation">Ends the writes.</param>
    public async Task WriteAsync(string directory, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(directory);
        string last = dialect.FileOf(TufRoles.Timestamp, 0, null, IsConsistent);
        foreach ((string name, ReadOnlyMemory<byte> content) in files.OrderBy(file => file.Key == last))
        {
            string path = Path.Combine(directory, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await AtomicFile.WriteAsync(path, async stream => await stream.WriteAsync(content, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a file without looking at its signatures.</summary>
    internal void Put(string role, ReadOnlyMemory<byte> file)
    {
        long version = TufEnvelope.Parse(file, dialect).Signed.GetProperty("version").GetInt64();
        current[role] = file;
        bool isConsistent = IsConsistent;
        if (role == TufRoles.Timestamp) files[dialect.FileOf(role, 0, null, isConsistent)] = file;
        else if (dialect.HasMetaVersions) files[dialect.FileOf(role, version, null, isConsistent)] = file;
        else
        {
            files[dialect.FileOf(role, 0, null, isConsistent)] = files[dialect.FileOf(role, version, null, isConsistent)] = file;
            files[dialect.FileOf(role, version, TufHashes.Of(file.Span), isConsistent)] = file;
        }
    }

    private JsonObject SnapshotMeta()
    {
        JsonObject meta = [];
        if (dialect.SnapshotHasRoot) meta[dialect.MetaOf(TufRoles.Root)] = MetaFile(TufRoles.Root);
        foreach (string role in current.Keys.Where(role => role is not (TufRoles.Root or TufRoles.Snapshot or TufRoles.Timestamp))) meta[dialect.MetaOf(role)] = MetaFile(role);
        return meta;
    }

    private JsonObject MetaFile(string role)
    {
        ReadOnlyMemory<byte> file = current.GetValueOrDefault(role);
        if (file.IsEmpty) throw new TufException(TufFault.NotFound, $"name {role}: it is not published yet");
        JsonObject meta = [];
        if (dialect.HasMetaVersions) meta["version"] = TufEnvelope.Parse(file, dialect).Signed.GetProperty("version").GetInt64();
        if (dialect.HasMetaVersions && !HasMetaHashes) return meta;
        meta["hashes"] = Hashes(TufHashes.Of(file.Span));
        meta["length"] = (long)file.Length;
        return meta;
    }

    private Dictionary<string, TufKey> KeysFor(string role)
    {
        JsonNode owner = TufRoles.IsTopLevel(role) ? trees[TufRoles.Root] : trees[delegators[role]]["delegations"]!;
        return MetadataReader.Keys(TufJson.Parse(JsonText.Write(owner)), dialect);
    }

    private TimeSpan LifetimeOf(string role) => lifetimes.TryGetValue(role, out TimeSpan lifetime) ? lifetime : role switch
    {
        TufRoles.Root => TimeSpan.FromDays(3650),
        TufRoles.Timestamp => TimeSpan.FromDays(14),
        _ => TimeSpan.FromDays(3 * 365),
    };

    private static void CheckBy(TufRoot root, string role, TufEnvelope envelope) => TufThreshold.Check(role, envelope, root.KeysOf(role), root.Keys);
}
