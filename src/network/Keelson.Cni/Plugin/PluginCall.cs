namespace Keelson.Cni.Plugin;

/// <summary>What a plug-in is asked for by its environment. CNI 1.1 "Parameters".</summary>
internal sealed record PluginCall
{
    /// <summary>The command.</summary>
    public required string Command { get; init; }

    /// <summary>The container; empty where the command is of none.</summary>
    public string ContainerId { get; init; } = "";

    /// <summary>A file of its network namespace; empty: it is gone.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>What its device is called.</summary>
    public string Device { get; init; } = "";

    /// <summary>Arguments by name.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>What the container's end is called in the records: nothing else in a namespace has its name.</summary>
    public string Key => KeyOf(ContainerId, Device);

    /// <summary>The same of any container. Neither part can have a colon.</summary>
    public static string KeyOf(string containerId, string device) => $"{containerId}:{device}";

    /// <summary>Reads the environment.</summary>
    /// <exception cref="CniException">InvalidEnvironment: what the command needs is missing or cannot be.</exception>
    public static PluginCall Read(Func<string, string?> variable)
    {
        string command = variable("CNI_COMMAND") ?? "";
        if (command is not ("ADD" or "DEL" or "CHECK" or "VERSION" or "STATUS" or "GC")) throw Wrong("CNI_COMMAND", command, "ADD, DEL, CHECK, VERSION, STATUS or GC");
        if (command is not ("ADD" or "DEL" or "CHECK")) return new() { Command = command };
        PluginCall call = new()
        {
            Command = command, ContainerId = variable("CNI_CONTAINERID") ?? "", Namespace = variable("CNI_NETNS") ?? "", Device = variable("CNI_IFNAME") ?? "", Arguments = ArgumentsIn(variable("CNI_ARGS") ?? ""),
        };
        if (!CniNames.IsName(call.ContainerId)) throw Wrong("CNI_CONTAINERID", call.ContainerId, $"letters, digits, '_', '.' and '-', the first a letter or digit, {CniNames.LimitChars} at most");
        if (!CniNames.IsDevice(call.Device)) throw Wrong("CNI_IFNAME", call.Device, "the name of a network device");
        if (command != "DEL" && call.Namespace.Length == 0) throw Wrong("CNI_NETNS", call.Namespace, "a network namespace");
        return call;
    }

    private static Dictionary<string, string> ArgumentsIn(string text)
    {
        Dictionary<string, string> arguments = new(StringComparer.Ordinal);
        foreach (string argument in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw Wrong("CNI_ARGS", text, "NAME=VALUE;NAME=VALUE");
            arguments[argument[..equals]] = argument[(equals + 1)..];
        }
        return arguments;
    }

    private static CniException Wrong(string name, string value, string what) => new(CniErrorCode.InvalidEnvironment, $"{name}='{CniErrorText.Shorten(value)}' is not {what}");
}
