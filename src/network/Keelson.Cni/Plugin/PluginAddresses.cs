using Keelson.Cni.Client;
using Keelson.Network.Sandboxes;

namespace Keelson.Cni.Plugin;

/// <summary>Addresses of a container by another plug-in. CNI 1.1 "Plugin Delegation".</summary>
/// <param name="type">Its name.</param>
/// <param name="variables">This plug-in's own environment, which is its as well.</param>
/// <param name="configuration">What this plug-in was told, which it is told as well.</param>
internal sealed class PluginAddresses(string type, Func<string, string?> variables, ReadOnlyMemory<byte> configuration)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Names = ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_ARGS", "CNI_PATH"];

    private readonly CniProgram program = new(new NetworkPlace(), Patience);

    /// <summary>Asks for addresses.</summary>
    /// <exception cref="CniException">It has none, or cannot be run.</exception>
    public async Task<CniResult> AddAsync()
    {
        CniResult result = CniResultText.Read(await RunAsync("ADD").ConfigureAwait(false));
        return result.Addresses.Count > 0 ? result : throw new CniException(CniErrorCode.NoAddress, $"CNI plug-in {type}: ADD: it gave no address");
    }

    /// <summary>Asks for anything else.</summary>
    /// <exception cref="CniException">It refuses, or cannot be run.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(string command)
    {
        Dictionary<string, string> all = new() { ["CNI_COMMAND"] = command };
        foreach (string name in Names)
            if (variables(name) is { } value) all[name] = value;
        CniDirectories directories = new([], (all.GetValueOrDefault("CNI_PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries));
        return await program.RunAsync(directories.FindProgram(type), all, configuration, CancellationToken.None).ConfigureAwait(false);
    }
}
