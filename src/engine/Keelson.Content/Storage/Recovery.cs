using System.Globalization;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Makes files and metadata agree after a crash. It runs before anything else can change them.</summary>
/// <remarks>
/// A commit syncs the file, renames it into the blobs, and then writes the row. A crash between the last two leaves a blob that no row knows, and an ingest
/// without a file: when the ingest says which digest it expects, the blob becomes its file again and the transfer is not lost; otherwise the blob goes.
/// </remarks>
internal static class Recovery
{
    public static RecoveryReport Run(MetadataDatabase database, MetadataLog log, MetadataState state)
    {
        HashSet<Digest> blobs = List(database, state), unknown = [.. blobs];
        HashSet<Digest> missing = [];
        foreach (NamespaceState space in state.Namespaces.Values)
            foreach (ContentInfo info in space.Content.Values)
                if (!unknown.Remove(info.Digest) && !blobs.Contains(info.Digest)) missing.Add(info.Digest);
        (List<(string Space, IngestRecord Row)> lost, HashSet<string> files) = FindIngests(database, state, blobs, unknown);

        List<string> restored = [];
        RecordWriter operations = new();
        int removed = 0;
        foreach ((string space, IngestRecord row) in lost)
        {
            if (!row.IsShared && !row.Expected.IsEmpty && unknown.Remove(row.Expected))
            {
                database.Blobs.GiveBack(row.Expected, database.Ingests.PathOf(row.Id));
                restored.Add(row.Ref);
                continue;
            }
            operations.Byte(Operations.RemoveRow);
            operations.Byte(Tables.Ingests.Id);
            operations.Text(space);
            operations.Text(row.Ref);
            removed++;
        }
        foreach (string name in files)
        {
            database.Ingests.RemoveName(name);
            removed++;
        }
        foreach (Digest digest in unknown) database.Blobs.Remove(digest);
        if (operations.Length > 0)
        {
            log.Append(operations.Written, sync: true);
            database.Writer.Reset(Operations.Apply(state, operations.Written, out _));
        }
        return new() { RemovedBlobs = [.. unknown], RestoredIngests = restored, RemovedIngests = removed, MissingBlobs = [.. missing] };
    }

    /// <summary>The blobs that are there. While another program that keeps them does not answer, all that the metadata know are taken to be there: nothing is removed on a guess.</summary>
    private static HashSet<Digest> List(MetadataDatabase database, MetadataState state)
    {
        try
        {
            return database.Blobs.List();
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable && !database.Blobs.IsLocal)
        {
            return
            [
                .. state.Namespaces.Values.SelectMany(space => space.Content.Values).Select(info => info.Digest),
                .. state.Namespaces.Values.SelectMany(space => space.Ingests.Values).Where(row => row.IsShared).Select(row => row.Expected),
            ];
        }
    }

    /// <summary>Ingests that have lost their bytes, and files that no ingest knows. Blobs that a shared ingest waits for are known.</summary>
    private static (List<(string, IngestRecord)> Lost, HashSet<string> Files) FindIngests(MetadataDatabase database, MetadataState state, HashSet<Digest> blobs, HashSet<Digest> unknown)
    {
        List<(string, IngestRecord)> lost = [];
        HashSet<string> files = [.. database.Ingests.List()];
        foreach ((string name, NamespaceState space) in state.Namespaces)
            foreach (IngestRecord row in space.Ingests.Values)
                if (row.IsShared ? !blobs.Contains(row.Expected) : !files.Remove(row.Id.ToString(CultureInfo.InvariantCulture))) lost.Add((name, row));
                else if (row.IsShared) unknown.Remove(row.Expected);
        return (lost, files);
    }
}
