using System.Text.Json;

namespace Keelson.Cni.Plugin;

/// <summary>The plug-in <c>keelson</c>: reads what it is asked for, does it, and says what came of it. CNI 1.1 "Overview of execution flow".</summary>
public static class PluginProgram
{
    /// <summary>Runs once.</summary>
    /// <param name="variable">The environment.</param>
    /// <param name="input">The network's configuration.</param>
    /// <param name="output">Where the result goes, or the error.</param>
    /// <param name="warn">Hears what is no error.</param>
    /// <returns>The exit code: 0, or 1 when <paramref name="output"/> has an error.</returns>
    public static Task<int> RunAsync(Func<string, string?> variable, Stream input, Stream output, Action<string> warn) => RunAsync(variable, input, output, warn, null);

    /// <inheritdoc cref="RunAsync(Func{string, string?}, Stream, Stream, Action{string})"/>
    internal static async Task<int> RunAsync(Func<string, string?> variable, Stream input, Stream output, Action<string> warn, Action<string>? step)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        string version = CniVersions.Newest;
        (byte[] Answer, int Code) outcome;
        try
        {
            PluginCall call = PluginCall.Read(variable);
            ReadOnlyMemory<byte> text = await ReadAsync(input).ConfigureAwait(false);
            if (call.Command == "VERSION")
            {
                outcome = (Versions(text), 0);
            }
            else
            {
                PluginConfig config = PluginConfig.Read(text, call.Arguments);
                version = config.Version;
                Require(call.Command, version);
                PluginAddresses? addresses = config.Ipam is { } type ? new(type, variable, text) : null;
                PluginCommands commands = new(call, config, addresses, warn, step);
                outcome = (await commands.RunAsync().ConfigureAwait(false), 0);
            }
        }
        catch (KeelsonException e)
        {
            outcome = (CniErrorText.Write(CniException.CodeOf(e), e.FullMessage, "", version), 1);
        }
        await output.WriteAsync(outcome.Answer).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
        return outcome.Code;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream input)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[16 << 10];
        for (int count; (count = await input.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            all.Write(buffer, 0, count);
            if (all.Length > CniJson.LimitBytes) throw CniJson.Wrong($"network configuration: it is longer than {CniJson.LimitBytes} bytes");
        }
        return all.ToArray();
    }

    private static void Require(string command, string version)
    {
        string since = command switch { "CHECK" => "0.4.0", "STATUS" or "GC" => "1.1.0", _ => CniVersions.Supported[0] };
        if (!CniVersions.IsAtLeast(version, since)) throw new CniException(CniErrorCode.IncompatibleVersion, $"{command}: it is asked for since version {since}, and the configuration is of {version}");
    }

    /// <summary>Which versions are spoken. What is asked with may be of any.</summary>
    private static byte[] Versions(ReadOnlyMemory<byte> text)
    {
        string asked = text.Length == 0 ? CniVersions.Newest : CniJson.Parse(text, "version").Text("cniVersion") ?? CniVersions.Newest;
        using MemoryStream answer = new();
        using (Utf8JsonWriter writer = new(answer))
        {
            writer.WriteStartObject();
            writer.WriteString("cniVersion", asked);
            writer.WriteStartArray("supportedVersions");
            foreach (string version in CniVersions.Supported) writer.WriteStringValue(version);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return answer.ToArray();
    }
}
