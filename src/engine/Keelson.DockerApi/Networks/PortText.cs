using Keelson.Network;
using Keelson.Network.Records;

namespace Keelson.DockerApi.Networks;

/// <summary>Ports as they are written: <c>80/tcp</c>.</summary>
internal static class PortText
{
    /// <summary>The host's port.</summary>
    public static string OfHost(PortRecord port) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{port.HostPort}/{PublishedPort.Name(port.Protocol)}");

    /// <summary>The container's port.</summary>
    public static string Of(PortRecord port) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{port.ContainerPort}/{PublishedPort.Name(port.Protocol)}");
}
