using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>Which manifests of a repository are attached to which.</summary>
internal sealed class ReferrerIndex
{
    private readonly Lock gate = new();
    private readonly Dictionary<Digest, SortedDictionary<string, Descriptor>> subjects = [];
    private readonly Dictionary<Digest, Digest> subjectOf = [];

    /// <summary>Notes a manifest; one without a subject is nothing to it.</summary>
    public void Add(StoredManifest manifest)
    {
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
}
