using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Network.Records;

/// <summary>Records in files of a folder, one each: a file has the old record or the new one, whatever happens.</summary>
/// <param name="path">The folder.</param>
/// <param name="type">How a record is written.</param>
/// <param name="disk">What changes files.</param>
/// <param name="isDurable">Whether a record outlives the machine's power; those of what the machine loses as well need not.</param>
public sealed class RecordFolder<T>(string path, JsonTypeInfo<T> type, Disk disk, bool isDurable) where T : class
{
    private const string Suffix = ".json", Unfinished = ".new";
    private const int LimitBytes = 4 << 20;

    /// <summary>Reads all records. What a process that was killed left half made goes.</summary>
    /// <param name="damaged">Hears of a file that holds none, which stays.</param>
    public List<T> Load(Action<string> damaged)
    {
        disk.MakeDirectory(path);
        List<T> records = [];
        foreach (string name in Disk.List(path))
        {
            string file = $"{path}/{name}";
            if (name.EndsWith(Unfinished, StringComparison.Ordinal)) disk.Remove(file);
            if (!name.EndsWith(Suffix, StringComparison.Ordinal)) continue;
            try
            {
                if (JsonSerializer.Deserialize(Files.ReadAll(file, LimitBytes).Span, type) is { } record) records.Add(record);
                else damaged(file);
            }
            catch (JsonException)
            {
                damaged(file);
            }
        }
        return records;
    }

    /// <summary>Writes a record.</summary>
    public void Save(string id, T record)
    {
        string file = $"{path}/{id}{Suffix}", made = file + Unfinished;
        disk.Remove(made);
        using (FdHandle handle = disk.Create(made))
        {
            disk.Write(handle, made, JsonSerializer.SerializeToUtf8Bytes(record, type));
            if (isDurable) disk.Sync(handle, made);
        }
        disk.Rename(made, file);
        if (isDurable) disk.SyncDirectory(path);
    }

    /// <summary>Removes a record; one that is not there is left alone.</summary>
    public void Remove(string id)
    {
        if (disk.Remove($"{path}/{id}{Suffix}") && isDurable) disk.SyncDirectory(path);
    }
}
