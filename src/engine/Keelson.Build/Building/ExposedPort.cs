using System.Globalization;

namespace Keelson.Build;

/// <summary>Ports as EXPOSE has them: <c>80</c>, <c>53/udp</c>, <c>8000-8010/tcp</c>; what stands before a colon means nothing there.</summary>
internal static class ExposedPort
{
    /// <summary>The ports that a word stands for, each with its protocol.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no port.</exception>
    public static IEnumerable<string> Parse(string word)
    {
        int slash = word.IndexOf('/', StringComparison.Ordinal);
        string ports = slash < 0 ? word : word[..slash], protocol = slash < 0 ? "tcp" : word[(slash + 1)..].ToLowerInvariant();
        ports = ports[(ports.LastIndexOf(':') + 1)..];
        if (ports.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"No port specified: {word}<empty>");
        int dash = ports.IndexOf('-', StringComparison.Ordinal);
        bool isPort = ushort.TryParse(dash < 0 ? ports : ports[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first);
        ushort last = first;
        if (isPort && dash >= 0) isPort = ushort.TryParse(ports[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out last) && last >= first;
        if (!isPort) throw new KeelsonException(ErrorKind.InvalidArgument, "Invalid containerPort: " + ports);
        if (protocol is not ("tcp" or "udp" or "sctp")) throw new KeelsonException(ErrorKind.InvalidArgument, "Invalid proto: " + protocol);
        return Enumerable.Range(first, last - first + 1).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}"));
    }
}
