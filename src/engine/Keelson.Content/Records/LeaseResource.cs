namespace Keelson.Content;

/// <summary>Something that a lease holds.</summary>
/// <param name="Id">A digest, a reference of an ingest, a key of a snapshot, a name of an image.</param>
/// <param name="Type"><c>content</c>, <c>ingests</c>, <c>snapshots/NAME</c>, <c>images</c>, or the kind of a <see cref="IGarbageResource"/>.</param>
public sealed record LeaseResource(string Id, string Type)
{
    /// <summary>Type of content.</summary>
    public const string Content = "content";
    /// <summary>Type of ingests.</summary>
    public const string Ingests = "ingests";
    /// <summary>Type of images.</summary>
    public const string Images = "images";
    /// <summary>What the type of snapshots begins with; the snapshotter's name follows.</summary>
    public const string Snapshots = "snapshots/";
}
