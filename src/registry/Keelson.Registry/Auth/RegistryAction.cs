namespace Keelson.Registry.Auth;

/// <summary>What a request does to a repository, or to the registry.</summary>
public enum RegistryAction
{
    /// <summary>Reads: manifests, blobs, tags, referrers.</summary>
    Pull,

    /// <summary>Adds: blobs, manifests by digest, tags that are not there yet.</summary>
    Push,

    /// <summary>Moves a tag that is there to another manifest.</summary>
    Overwrite,

    /// <summary>Removes.</summary>
    Delete,

    /// <summary>Lists the repositories of the registry; it is about no repository of its own.</summary>
    Catalog,

    /// <summary>Asks whether this is a registry and who one is to it, <c>GET /v2/</c>; it is about no repository.</summary>
    Probe,
}
