using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Names of one image, and which of them go together. docker's rules of <c>rmi</c>.</summary>
public static class ImageNames
{
    /// <summary>Whether names are one as people see it: of one repository, with one tag at most; a name by digest beside the tag does not count.</summary>
    public static bool AreOne(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ImageReference[] references = [.. References(names)];
        return references.Length > 0 && references.Count(name => name.Digest.IsEmpty) <= 1 && references.All(name => name.Repository == references[0].Repository);
    }

    /// <summary>What goes when a name is removed: with the last tag of a repository its names by digest, too; with a name by digest no tag.</summary>
    /// <param name="removed">The name.</param>
    /// <param name="names">All names of the image.</param>
    /// <returns>Those of <paramref name="names"/> that go. None for a name by digest that is none of them, but what a tag stands for.</returns>
    public static IReadOnlyList<string> GoingWith(ImageReference removed, IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(removed);
        if (!removed.Digest.IsEmpty) return [.. References(names).Where(name => name.Repository == removed.Repository && name.Digest == removed.Digest).Select(name => name.ToString())];
        List<string> going = [.. names.Where(name => name == removed.ToString())];
        if (References(names).All(name => name.Repository != removed.Repository || !name.Digest.IsEmpty || name.Tag == removed.Tag))
            going.AddRange(References(names).Where(name => name.Repository == removed.Repository && !name.Digest.IsEmpty).Select(name => name.ToString()));
        return going;
    }

    private static IEnumerable<ImageReference> References(IEnumerable<string> names)
    {
        foreach (string name in names)
            if (ImageReference.TryParse(name, out ImageReference? reference)) yield return reference!;
    }
}
