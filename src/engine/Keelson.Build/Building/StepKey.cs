using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>What a step is known by: what dockerd compares of the configuration of the container that it ran, or would have run.</summary>
internal static class StepKey
{
    /// <summary>The key of a configuration: user, command, environment, labels, ports, entry point, volumes.</summary>
    public static string Of(ContainerConfig config)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "user", [config.User ?? ""]);
        Add(hash, "cmd", config.Cmd ?? []);
        Add(hash, "env", config.Env ?? []);
        Add(hash, "labels", (config.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key, StringComparer.Ordinal).SelectMany(label => (string[])[label.Key, label.Value]));
        Add(hash, "ports", (config.ExposedPorts?.Keys ?? []).Order(StringComparer.Ordinal));
        Add(hash, "entrypoint", config.Entrypoint ?? []);
        Add(hash, "volumes", (config.Volumes?.Keys ?? []).Order(StringComparer.Ordinal));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Each word with its length, so that no words run into others.</summary>
    private static void Add(IncrementalHash hash, string what, IEnumerable<string> words)
    {
        string[] all = [.. words];
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what} {all.Length}\n")));
        foreach (string word in all)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(word);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length}:")));
            hash.AppendData(bytes);
        }
    }
}
