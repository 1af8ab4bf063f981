using Keelson.Oci;

namespace Keelson.Registry.Coordination;

/// <summary>Names of what is held. A repository is entered before content, and an upload before content, never the other way.</summary>
internal static class LockNames
{
    /// <summary>The list of repositories.</summary>
    public const string Catalog = "catalog";

    /// <summary>The one that collects garbage.</summary>
    public const string Collector = "collector";

    public static string Content(Digest digest) => digest.ToString();

    public static string Repository(string name) => "repository/" + name;

    public static string Sync(string upstream) => "sync/" + upstream;

    public static string Upload(string id) => "upload/" + id;
}
