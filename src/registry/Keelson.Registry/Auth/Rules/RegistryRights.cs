namespace Keelson.Registry.Auth;

/// <summary>What somebody may do in a repository.</summary>
[Flags]
public enum RegistryRights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>pull</c>, or <c>read</c>: everything there is read, and lists name the repository.</summary>
    Pull = 1,

    /// <summary><c>create</c>: blobs, manifests by digest, tags that are not there yet.</summary>
    Create = 2,

    /// <summary><c>update</c>, or <c>overwrite</c>: a tag that is there moves to another manifest.</summary>
    Overwrite = 4,

    /// <summary><c>delete</c>.</summary>
    Delete = 8,

    /// <summary><c>catalog</c>: lists name the repository.</summary>
    Catalog = 16,

    /// <summary><c>push</c>: creates and overwrites.</summary>
    Push = Create | Overwrite,

    /// <summary><c>*</c>.</summary>
    All = Pull | Push | Delete | Catalog,
}
