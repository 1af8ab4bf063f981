using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>Options of volumes of the driver <c>local</c>, as docker's: <c>type</c>, <c>device</c> and <c>o</c> as mount(8) takes them, and <c>size</c>.</summary>
internal static class LocalOptions
{
    private const string AddressKey = "addr=";

    /// <summary>Checks options of a new volume.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: one is unknown, or lacks another.</exception>
    public static void Check(string name, IReadOnlyDictionary<string, string> options)
    {
        foreach (string key in options.Keys)
            if (key is not ("type" or "device" or "o" or "size")) throw Invalid(name, $"invalid option: \"{key}\"");
        bool isMounted = options.ContainsKey("type") || options.ContainsKey("device") || options.ContainsKey("o");
        foreach (string needed in (string[])["device", "type"])
            if (isMounted && !options.ContainsKey(needed)) throw Invalid(name, $"missing required option: \"{needed}\"");
        SizeOf(name, options);
    }

    /// <summary>The limit that its files have, in bytes; 0 for none.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no size.</exception>
    public static long SizeOf(string name, IReadOnlyDictionary<string, string> options)
    {
        if (!options.TryGetValue("size", out string? text)) return 0;
        ReadOnlySpan<char> all = text;
        int end = all.LastIndexOfAnyInRange('0', '9') + 1;
        if (!decimal.TryParse(all[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || ShiftOf(all[end..].TrimStart(' ')) is not { } shift || value > (decimal)long.MaxValue / (1L << shift))
            throw Invalid(name, $"invalid size: '{text}'");
        return (long)(value * (1L << shift));
    }

    /// <summary>What is mounted while a container uses the volume; <see langword="null"/>: nothing, it is a directory.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">Unavailable: the server's name leads to no address.</exception>
    public static async Task<Mount?> MountAsync(IReadOnlyDictionary<string, string> options, CancellationToken cancel)
    {
        if (!options.TryGetValue("device", out string? device)) return null;
        string type = options.GetValueOrDefault("type", "");
        string[] words = options.GetValueOrDefault("o", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        // The kernel looks up no names; mount.nfs(8) and mount.cifs(8) do, and so does docker.
        if (type is "nfs" or "nfs4" or "cifs")
            for (int i = 0; i < words.Length; i++)
                if (words[i].StartsWith(AddressKey, StringComparison.Ordinal)) words[i] = AddressKey + await AddressAsync(words[i][AddressKey.Length..], cancel).ConfigureAwait(false);
        return new(words.Contains("bind") ? "bind" : words.Contains("rbind") ? "rbind" : type, device, words);
    }

    /// <summary>Units are powers of 1024: <c>k</c>, <c>mb</c>, <c>GiB</c>; <see langword="null"/>: it is none.</summary>
    private static int? ShiftOf(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("b", StringComparison.OrdinalIgnoreCase)) return 0;
        int power = "kmgtp".IndexOf(char.ToLowerInvariant(unit[0]), StringComparison.Ordinal) + 1;
        return power > 0 && (unit[1..] is "" or "b" or "B" or "ib" or "iB") ? 10 * power : null;
    }

    private static async Task<string> AddressAsync(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out _)) return host;
        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
            // IPv4 first, as docker.
            return (found.FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? found.First()).ToString();
        }
        catch (SocketException e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"error resolving passed in network volume address: lookup {host}", e);
        }
    }

    private static KeelsonException Invalid(string name, string why) => new(ErrorKind.InvalidArgument, $"create {name}: {why}");
}
