using System.Net;

namespace Keelson.Network.Dns;

/// <summary>The names that a container sees: those of the containers in its networks. It is asked for each question, so it is quick.</summary>
public interface INameSource
{
    /// <summary>The addresses of a name, of both families.</summary>
    /// <param name="name">In small letters, without a dot at its end.</param>
    /// <returns><see langword="null"/>: nobody here is called so.</returns>
    IReadOnlyList<IPAddress>? Resolve(string name);

    /// <summary>The name of an address.</summary>
    /// <returns><see langword="null"/>: nobody here has it.</returns>
    string? Reverse(IPAddress address);

    /// <summary>The hosts and ports of a service, <c>_http._tcp.web</c>.</summary>
    /// <returns><see langword="null"/>: there is no such service here.</returns>
    IReadOnlyList<(string Host, ushort Port)>? Service(string name);
}
