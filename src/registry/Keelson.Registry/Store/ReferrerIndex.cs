using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>Which manifests of a repository are attached to which, and which are parts of which indexes.</summary>
internal sealed class ReferrerIndex
{
    private readonly Lock gate = new();
    private readonly Dictionary<Digest, SortedDictionary<string, Descriptor>> subjects = [];
    private readonly Dictionary<Digest, Digest> subjectOf = [];
    private readonly Dictionary<Digest, HashSet<Digest>> indexes = [];
    private readonly Dictionary<Digest, Digest[]> parts = [];

    /// <summary>Notes a manifest.</summary>
    public void Add(StoredManifest manifest)
    {
        if (manifest.Manifests.Count > 0)
            lock (gate)
            {
                parts[manifest.Digest] = [.. manifest.Manifests.Select(part => part.Digest)];
                foreach (Digest part in parts[manifest.Digest])
                    if (!indexes.TryGetValue(part, out HashSet<Digest>? of)) indexes[part] = [manifest.Digest];
                    else of.Add(manifest.Digest);
            }
        if (manifest.Subject is not { } subject) return;
        lock (gate)
        {
            if (!subjects.TryGetValue(subject.Digest, out SortedDictionary<string, Descriptor>? referrers)) subjects[subject.Digest] = referrers = new(StringComparer.Ordinal);
            referrers[manifest.Digest.ToString()] = manifest.Descriptor;
            subjectOf[manifest.Digest] = subject.Digest;
        }
    }

    /// <summary>Forgets a manifest.</summary>
    public void Remove(Digest manifest)
    {
        lock (gate)
        {
            if (parts.Remove(manifest, out Digest[]? named))
                foreach (Digest part in named)
                    if (indexes.TryGetValue(part, out HashSet<Digest>? of) && of.Remove(manifest) && of.Count == 0) indexes.Remove(part);
            if (!subjectOf.Remove(manifest, out Digest subject)) return;
            subjects[subject].Remove(manifest.ToString());
            if (subjects[subject].Count == 0) subjects.Remove(subject);
        }
    }

    /// <summary>The manifests that are attached to one, by their digests.</summary>
    public List<Descriptor> Of(Digest subject)
    {
        lock (gate) return subjects.TryGetValue(subject, out SortedDictionary<string, Descriptor>? referrers) ? [.. referrers.Values] : [];
    }

    /// <summary>The indexes that name a manifest.</summary>
    public List<Digest> IndexesOf(Digest part)
    {
        lock (gate) return indexes.TryGetValue(part, out HashSet<Digest>? of) ? [.. of] : [];
    }
}
