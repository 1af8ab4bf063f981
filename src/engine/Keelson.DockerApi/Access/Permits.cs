namespace Keelson.DockerApi.Access;

/// <summary>What reaches out of a container, by names that a configuration can allow.</summary>
public static class Permits
{
    internal const string Privileged = "privileged", Namespaces = "namespaces", Binds = "binds", Volumes = "volumes", Devices = "devices", Capabilities = "capabilities", Security = "security";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Privileged, Namespaces, Binds, Volumes, Devices, Capabilities, Security];
}
