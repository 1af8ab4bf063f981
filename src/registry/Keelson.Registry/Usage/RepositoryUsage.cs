using System.Globalization;
using Keelson.Oci;

namespace Keelson.Registry.Usage;

/// <summary>What a repository, or the whole registry, holds: counted once and followed from then on.</summary>
/// <remarks>What changes while it is counted is noted apart, so that it counts once, whether the count has come by before the change or after it.</remarks>
internal sealed class RepositoryUsage
{
    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, long> sizes = [];
    private HashSet<UInt128>? changed = [];
    private long reserved;

    /// <summary>Bytes of the blobs and manifests, each once.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many manifests.</summary>
    public int Manifests { get; private set; }

    /// <summary>Notes what is there now.</summary>
    public void Add(Digest digest, bool isManifest, long bytes)
    {
        lock (gate)
        {
            UInt128 key = Key(digest, isManifest);
            changed?.Add(key);
            Set(key, isManifest, bytes);
        }
    }

    /// <summary>Notes what is gone.</summary>
    public void Remove(Digest digest, bool isManifest)
    {
        lock (gate)
        {
            UInt128 key = Key(digest, isManifest);
            changed?.Add(key);
            if (!sizes.Remove(key, out long bytes)) return;
            Bytes -= bytes;
            if (isManifest) Manifests--;
        }
    }

    /// <summary>Notes what the count has found.</summary>
    public void Count(Digest digest, bool isManifest, long bytes)
    {
        lock (gate)
        {
            UInt128 key = Key(digest, isManifest);
            if (changed?.Contains(key) != true) Set(key, isManifest, bytes);
        }
    }

    /// <summary>The count is done.</summary>
    public void EndCount()
    {
        lock (gate) changed = null;
    }

    /// <summary>Whether it is there.</summary>
    public bool Has(Digest digest, bool isManifest)
    {
        lock (gate) return sizes.ContainsKey(Key(digest, isManifest));
    }

    /// <summary>Bytes that may still come up to a limit, what is reserved taken off.</summary>
    public long Left(long limitBytes)
    {
        lock (gate) return Math.Max(0, limitBytes - Bytes - reserved);
    }

    /// <summary>Takes room for what is about to come, when there is any. It is given back after it has come, or not.</summary>
    public bool TryReserve(long bytes, long limitBytes)
    {
        lock (gate)
        {
            if (bytes > limitBytes - Bytes - reserved) return false;
            reserved += bytes;
            return true;
        }
    }

    /// <summary>Gives back what was reserved.</summary>
    public void Release(long bytes)
    {
        lock (gate) reserved -= bytes;
    }

    private void Set(UInt128 key, bool isManifest, long bytes)
    {
        if (sizes.TryGetValue(key, out long before)) Bytes -= before;
        else if (isManifest) Manifests++;
        sizes[key] = bytes;
        Bytes += bytes;
    }

    /// <summary>16 bytes of the digest, of which the last bit says whether it is meant as a manifest.</summary>
    private static UInt128 Key(Digest digest, bool isManifest)
    {
        UInt128 key = UInt128.Parse(digest.ToString().AsSpan(7, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return isManifest ? key | 1 : key & ~UInt128.One;
    }
}
