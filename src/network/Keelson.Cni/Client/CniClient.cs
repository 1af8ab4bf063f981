using System.Text.Json;
using Keelson.Network.Sandboxes;

namespace Keelson.Cni.Client;

/// <summary>Has plug-ins lay and take away a container's end, one after the other. CNI 1.1 "Attachment lifecycle".</summary>
/// <param name="directories">Where plug-ins are.</param>
/// <param name="host">The host's network namespace.</param>
/// <param name="patience">How long a plug-in may take.</param>
public sealed class CniClient(CniDirectories directories, NetworkPlace host, TimeSpan patience)
{
    private readonly CniProgram program = new(host, patience);

    /// <summary>Has a container join. When it fails, plug-ins have to be asked for DEL.</summary>
    /// <returns>The last plug-in's result, as it wrote it; empty: it wrote none.</returns>
    /// <exception cref="CniException">A plug-in fails or cannot be run.</exception>
    public async Task<ReadOnlyMemory<byte>> AddAsync(CniNetwork network, CniAttachment attachment, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        ReadOnlyMemory<byte> result = default;
        foreach (CniPlugin plugin in network.Plugins)
        {
            result = await RunAsync("ADD", network, plugin, attachment, result, cancel).ConfigureAwait(false);
            // What the next one is told is JSON in any case.
            if (!result.IsEmpty) CheckResult(plugin, result);
        }
        return result;
    }

    /// <summary>Takes a container out. All plug-ins are asked, the last first, whatever one of them says.</summary>
    /// <exception cref="CniException">One or more have failed.</exception>
    public async Task DeleteAsync(CniNetwork network, CniAttachment attachment, ReadOnlyMemory<byte> result, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        List<CniException> failures = [];
        foreach (CniPlugin plugin in network.Plugins.Reverse())
        {
            try
            {
                await RunAsync("DEL", network, plugin, attachment, result, cancel).ConfigureAwait(false);
            }
            catch (CniException e)
            {
                failures.Add(e);
            }
        }
        if (failures.Count == 1) throw failures[0];
        if (failures.Count > 1) throw new CniException(failures[0].Code, string.Join("; ", failures.Select(failure => failure.FullMessage)));
    }

    /// <summary>Asks whether a container's end is as it was made.</summary>
    /// <exception cref="CniException">It is not, or a plug-in cannot say.</exception>
    public async Task CheckAsync(CniNetwork network, CniAttachment attachment, ReadOnlyMemory<byte> result, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.DisablesCheck || !CniVersions.IsAtLeast(network.Version, "0.4.0")) return;
        foreach (CniPlugin plugin in network.Plugins) await RunAsync("CHECK", network, plugin, attachment, result, cancel).ConfigureAwait(false);
    }

    /// <summary>Refuses a network of which a plug-in is not there.</summary>
    /// <exception cref="CniException">InvalidConfiguration: which.</exception>
    public void Check(CniNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        foreach (CniPlugin plugin in network.Plugins) directories.FindProgram(plugin.Type);
    }

    /// <summary>What a plug-in reads. CNI 1.1 "Deriving execution configuration from plugin configuration".</summary>
    internal static ReadOnlyMemory<byte> InputOf(CniNetwork network, CniPlugin plugin, CniAttachment attachment, ReadOnlyMemory<byte> result)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            writer.WriteStartObject();
            writer.WriteString("cniVersion", network.Version);
            writer.WriteString("name", network.Name);
            foreach (JsonProperty property in plugin.Configuration.EnumerateObject())
                if (property.Name is not ("cniVersion" or "cniVersions" or "name" or "capabilities" or "runtimeConfig" or "prevResult")) property.WriteTo(writer);
            List<KeyValuePair<string, string>> taken = [.. attachment.Capabilities.Where(capability => plugin.Capabilities.Contains(capability.Key))];
            if (taken.Count > 0)
            {
                writer.WriteStartObject("runtimeConfig");
                foreach ((string name, string json) in taken)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRawValue(json);
                }
                writer.WriteEndObject();
            }
            if (!result.IsEmpty)
            {
                writer.WritePropertyName("prevResult");
                writer.WriteRawValue(result.Span);
            }
            writer.WriteEndObject();
        }
        return text.ToArray();
    }

    private Task<ReadOnlyMemory<byte>> RunAsync(string command, CniNetwork network, CniPlugin plugin, CniAttachment attachment, ReadOnlyMemory<byte> result, CancellationToken cancel)
    {
        Dictionary<string, string> variables = new()
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = attachment.ContainerId,
            ["CNI_NETNS"] = attachment.Namespace,
            ["CNI_IFNAME"] = attachment.Device,
            ["CNI_ARGS"] = string.Join(';', attachment.Arguments.Select(argument => $"{argument.Key}={argument.Value}")),
            ["CNI_PATH"] = string.Join(':', directories.Programs),
        };
        return program.RunAsync(directories.FindProgram(plugin.Type), variables, InputOf(network, plugin, attachment, result), cancel);
    }

    private static void CheckResult(CniPlugin plugin, ReadOnlyMemory<byte> result)
    {
        try
        {
            CniResultText.Read(result);
        }
        catch (CniException e)
        {
            throw new CniException(e.Code, $"CNI plug-in {plugin.Type}: ADD", e);
        }
    }
}
