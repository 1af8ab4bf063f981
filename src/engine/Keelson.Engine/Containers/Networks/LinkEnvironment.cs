using System.Net;
using Keelson.Network;

namespace Keelson.Engine.Containers;

/// <summary>What a container of the network <c>bridge</c> is told of one that it is linked to, by its variables. Docker "Legacy container links".</summary>
internal static class LinkEnvironment
{
    /// <summary>The variables.</summary>
    /// <param name="container">Who is told.</param>
    /// <param name="alias">By which name it knows the other.</param>
    /// <param name="other">The other.</param>
    /// <param name="address">Where that is.</param>
    public static IEnumerable<string> Of(ContainerInfo container, string alias, ContainerInfo other, IPAddress address)
    {
        string prefix = alias.ToUpperInvariant().Replace('-', '_');
        // The first one is what the container is about: the lowest, and of equals that of TCP.
        (int Number, string Protocol)[] ports = [.. (other.Settings.ExposedPorts?.Keys ?? []).Select(PortPlan.Parse).OrderBy(port => port.Port).ThenBy(port => port.Protocol).Select(port => (port.Port, PublishedPort.Name(port.Protocol)))];
        if (ports.Length > 0) yield return $"{prefix}_PORT={Url(ports[0])}";
        foreach ((int Number, string Protocol) port in ports)
        {
            string name = $"{prefix}_PORT_{port.Number}_{port.Protocol.ToUpperInvariant()}";
            yield return $"{name}={Url(port)}";
            yield return $"{name}_ADDR={address}";
            yield return $"{name}_PORT={port.Number}";
            yield return $"{name}_PROTO={port.Protocol}";
        }
        yield return $"{prefix}_NAME=/{container.Name}/{alias}";
        foreach (string variable in other.Settings.Env ?? [])
            if (variable.Split('=', 2) is [{ } name, { } value] && name is not ("HOME" or "PATH")) yield return $"{prefix}_ENV_{name}={value}";

        string Url((int Number, string Protocol) port) => $"{port.Protocol}://{address}:{port.Number}";
    }
}
