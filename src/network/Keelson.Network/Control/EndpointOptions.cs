using System.Globalization;
using Keelson.Netlink;
using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <summary>What the options of an end mean. Their names are dockerd's.</summary>
public static class EndpointOptions
{
    private const string Name = "com.docker.network.endpoint.ifname", Sysctls = "com.docker.network.endpoint.sysctls", Marker = "IFNAME";
    /// <summary>The option of <see cref="AcceptedFrom"/>.</summary>
    internal const string AcceptFrom = "com.keelson.accept-from";

    /// <summary>The options of <see cref="Limits"/>.</summary>
    public const string Ingress = "com.keelson.bandwidth.ingress", Egress = "com.keelson.bandwidth.egress";

    /// <summary>The least rate: one that a connection still gets through at.</summary>
    private const ulong LeastBitsPerSecond = 8000;

    /// <summary>What is wanted of a device.</summary>
    /// <param name="wish">The end.</param>
    /// <param name="sandbox">The container that gets it.</param>
    /// <returns>Its name, where somebody says one, and what is set for it below <c>/proc/sys/net</c>.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: an option has a value that it cannot have. AlreadyExists: the container has a device of this name.</exception>
    internal static (string? Device, IReadOnlyDictionary<string, string> Settings) Read(EndpointWish wish, SandboxRecord sandbox)
    {
        string? device = wish.Device ?? (wish.Options.GetValueOrDefault(Name) is { Length: > 0 } name ? name : null);
        if (device is not null)
        {
            if (!IsName(device)) throw Wrong(Name, device, "it is no name of a network device");
            if (sandbox.Endpoints.Any(end => end.Device == device)) throw new KeelsonException(ErrorKind.AlreadyExists, $"container {sandbox.ContainerId} has a network device {device} already");
        }
        Limits(wish.Options);
        if (wish.Options.GetValueOrDefault(Sysctls) is not { Length: > 0 } text) return (device, wish.Sysctls);
        Dictionary<string, string> settings = new(wish.Sysctls);
        foreach (string setting in text.Split(','))
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            string[] parts = equals < 0 ? [] : setting[..equals].Split('.');
            // net.FAMILY.conf.IFNAME.NAME, or neigh for conf: nothing that is not the device's own.
            if (parts is not ["net", "ipv4" or "ipv6" or "mpls", "conf" or "neigh", Marker, { Length: > 0 } last] || !last.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_'))
                throw Wrong(Sysctls, setting, "it is not of the form net.ipv4.conf.IFNAME.log_martians=1");
            settings[string.Join('/', parts[1..])] = setting[(equals + 1)..];
        }
        return (device, settings);
    }

    /// <summary>Whose connections are taken where neighbours may not speak to each other: names of containers in the network; empty: nobody's.</summary>
    internal static string[] AcceptedFrom(IReadOnlyDictionary<string, string> options) => options.GetValueOrDefault(AcceptFrom)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Whether what goes to the container or comes from it is limited.</summary>
    public static bool HasLimits(IReadOnlyDictionary<string, string> options) => options.ContainsKey(Ingress) || options.ContainsKey(Egress);

    /// <summary>What goes to the container and what comes from it at most, in bits a second; <see langword="null"/>: no limit.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: an option has a value that it cannot have.</exception>
    public static (ulong? Ingress, ulong? Egress) Limits(IReadOnlyDictionary<string, string> options)
    {
        return (Rate(Ingress), Rate(Egress));

        ulong? Rate(string name) => !options.TryGetValue(name, out string? text) ? null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong rate) && rate >= LeastBitsPerSecond ? rate : throw Wrong(name, text, $"bits a second, at least {LeastBitsPerSecond}");
    }

    /// <summary>dev_valid_name of the kernel; <c>lo</c> is there already.</summary>
    private static bool IsName(string name) => System.Text.Encoding.UTF8.GetByteCount(name) <= LinkMessage.MaximumNameBytes && name is not ("." or ".." or "lo" or "") && !name.Any(letter => letter is '/' or ':' or '%' || char.IsWhiteSpace(letter));

    private static KeelsonException Wrong(string option, string value, string why) => new(ErrorKind.InvalidArgument, $"endpoint option {option}={value}: {why}");
}
