namespace Keelson.Distribution;

/// <summary>Knows which hosts serve a registry.</summary>
public interface IRegistryHosts
{
    /// <summary>The hosts in the order in which they are tried; never empty.</summary>
    /// <param name="registry">The registry's name in references: <c>docker.io</c>, <c>localhost:5000</c>.</param>
    IReadOnlyList<RegistryHost> For(string registry);
}
