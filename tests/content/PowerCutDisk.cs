using Keelson.Linux;

namespace Keelson.Content.Tests;

/// <summary>A disk that remembers what was synced. When the power goes, bytes and names that were not may be there or not.</summary>
/// <remarks>It is stricter than common file systems: a new file has no name until its directory is synced.</remarks>
internal sealed class PowerCutDisk(int stopAt) : FaultDisk(stopAt, isHalfWritten: false)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Inode> now = [], durable = [];

    /// <summary>Makes the directory what a machine finds after the power came back.</summary>
    /// <param name="root">The store.</param>
    /// <param name="random">Decides what of the unsynced is there; <see langword="null"/>: nothing.</param>
    public void CutPower(string root, Random? random)
    {
        Dictionary<string, byte[]> files = [];
        Dictionary<string, bool> keeps = [];
        foreach (string path in now.Keys.Union(durable.Keys))
        {
            string directory = Path.GetDirectoryName(path)!;
            if (!keeps.ContainsKey(directory)) keeps[directory] = random?.Next(2) == 1;
            if ((keeps[directory] ? now : durable).TryGetValue(path, out Inode? inode)) files[path] = Survives(inode, random);
        }
        foreach (string path in Directory.GetFiles(root, "*", SearchOption.AllDirectories))
            if (Path.GetFileName(path) != "lock") File.Delete(path);
        foreach ((string path, byte[] bytes) in files) File.WriteAllBytes(path, bytes);
    }

    public override FdHandle Create(string path)
    {
        lock (gate)
        {
            FdHandle file = base.Create(path);
            now[path] = new();
            return file;
        }
    }

    public override void Write(FdHandle file, string path, ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            base.Write(file, path, data);
            now[path].Bytes.AddRange(data);
        }
    }

    public override void SetLength(FdHandle file, string path, long bytes)
    {
        lock (gate)
        {
            base.SetLength(file, path, bytes);
            List<byte> all = now[path].Bytes;
            all.RemoveRange((int)bytes, all.Count - (int)bytes);
        }
    }

    public override void Sync(FdHandle file, string path)
    {
        lock (gate)
        {
            base.Sync(file, path);
            now[path].Synced = [.. now[path].Bytes];
        }
    }

    public override void SyncDirectory(string path)
    {
        lock (gate)
        {
            base.SyncDirectory(path);
            foreach (string gone in durable.Keys.Where(name => Path.GetDirectoryName(name) == path && !now.ContainsKey(name)).ToList()) durable.Remove(gone);
            foreach ((string name, Inode inode) in now)
                if (Path.GetDirectoryName(name) == path) durable[name] = inode;
        }
    }

    public override void Rename(string from, string to)
    {
        lock (gate)
        {
            base.Rename(from, to);
            now.Remove(from, out Inode? inode);
            now[to] = inode!;
        }
    }

    public override bool Remove(string path)
    {
        lock (gate)
        {
            bool removed = base.Remove(path);
            now.Remove(path);
            return removed;
        }
    }

    private static byte[] Survives(Inode inode, Random? random)
    {
        if (random is null || inode.Bytes.Count <= inode.Synced.Length) return inode.Synced;
        byte[] bytes = [.. inode.Bytes];
        if (!bytes.AsSpan().StartsWith(inode.Synced)) return inode.Synced;
        // A length that is there without its data, a part of the data, or all of it.
        int length = random.Next(inode.Synced.Length, bytes.Length + 1);
        if (random.Next(3) == 0) Array.Clear(bytes, inode.Synced.Length, length - inode.Synced.Length);
        return bytes[..length];
    }

    private sealed class Inode
    {
        public readonly List<byte> Bytes = [];
        public byte[] Synced = [];
    }
}
