namespace Keelson.Content;

/// <summary>Something that a collection keeps or removes.</summary>
/// <param name="Namespace">The namespace that it belongs to.</param>
/// <param name="Type">A type as of <see cref="LeaseResource.Type"/>; besides <c>leases</c>, <c>containers</c> and <c>sandboxes</c>.</param>
/// <param name="Key">Its name: a digest, a key, an id.</param>
public readonly record struct GarbageNode(string Namespace, string Type, string Key)
{
    internal const string Leases = "leases", Containers = "containers", Sandboxes = "sandboxes";
}
