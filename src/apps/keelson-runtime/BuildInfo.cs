namespace Keelson.RuntimeCli;

/// <summary>What the build knows of itself.</summary>
internal static partial class BuildInfo
{
    /// <summary>Version of the product.</summary>
    public const string Version = "0.1.0";

    /// <summary>Commit that was built.</summary>
    public const string Commit = "unknown";
}
