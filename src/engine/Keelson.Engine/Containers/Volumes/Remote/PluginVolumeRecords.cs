using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keelson.Linux;

namespace Keelson.Engine.Containers;

/// <summary>What the engine knows of volumes of plug-ins: a file each, replaced whole, which is on the disk before the plug-in is asked.</summary>
/// <remarks>
/// <code>
///   ROOT/plugin-volumes/SHA-256 of the name.json    plug-ins allow names that no file can have
///   ROOT/plugin-volumes/.new                        being written
/// </code>
/// </remarks>
internal sealed class PluginVolumeRecords
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, StoredPluginVolume> volumes = new(StringComparer.Ordinal);
    private readonly Disk disk = new();
    private readonly string folder;

    /// <summary>Reads them.</summary>
    /// <param name="folder">Where they are; made when it is not there.</param>
    /// <param name="failed">Hears of files that cannot be read. They stay, and what they say is not known.</param>
    public PluginVolumeRecords(string folder, Action<string, Exception> failed)
    {
        this.folder = folder;
        disk.MakeDirectory(folder);
        foreach (string path in Directory.EnumerateFiles(folder, "*.json"))
        {
            try
            {
                StoredPluginVolume? volume = JsonSerializer.Deserialize(File.ReadAllBytes(path), StoredJson.Default.StoredPluginVolume);
                if (volume is { Name.Length: > 0, Driver.Length: > 0 }) volumes.Add(volume.Name, volume);
                else throw new KeelsonException(ErrorKind.DataLoss, "it names no volume");
            }
            catch (Exception e) when (e is JsonException or KeelsonException)
            {
                failed($"read {path}, the record of a plug-in's volume", e);
            }
        }
    }

    /// <summary>All, by name.</summary>
    public IReadOnlyList<StoredPluginVolume> All
    {
        get
        {
            lock (gate) return [.. volumes.Values];
        }
    }

    /// <summary>One; <see langword="null"/>: there is none.</summary>
    public StoredPluginVolume? Find(string name)
    {
        lock (gate) return volumes.GetValueOrDefault(name);
    }

    /// <summary>Writes one down.</summary>
    public void Save(StoredPluginVolume volume)
    {
        lock (gate)
        {
            string path = folder + "/.new";
            disk.Remove(path);
            using (FdHandle file = disk.Create(path))
            {
                disk.Write(file, path, JsonSerializer.SerializeToUtf8Bytes(volume, StoredJson.Default.StoredPluginVolume));
                disk.Sync(file, path);
            }
            disk.Rename(path, PathOf(volume.Name));
            disk.SyncDirectory(folder);
            volumes[volume.Name] = volume;
        }
    }

    /// <summary>Forgets one.</summary>
    public void Remove(string name)
    {
        lock (gate)
        {
            disk.Remove(PathOf(name));
            disk.SyncDirectory(folder);
            volumes.Remove(name);
        }
    }

    private string PathOf(string name) => $"{folder}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}.json";
}
