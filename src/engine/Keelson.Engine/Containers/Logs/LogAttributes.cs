using System.Buffers;
using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary>What a log driver's options <c>labels</c>, <c>env</c> and <c>tag</c> put into each line.</summary>
internal static class LogAttributes
{
    /// <summary>The tag of a driver that has one always.</summary>
    public const string StandardTag = "{{.ID}}";

    private static readonly string[] Words = ["{{.ID}}", "{{.FullID}}", "{{.Name}}", "{{.ImageID}}", "{{.ImageFullID}}", "{{.ImageName}}", "{{.DaemonName}}"];

    /// <summary>Refuses a tag whose words in braces are not known.</summary>
    /// <exception cref="KeelsonException">InvalidArgument.</exception>
    public static string CheckTag(string tag)
    {
        string rest = tag;
        foreach (string word in Words) rest = rest.Replace(word, "", StringComparison.Ordinal);
        return !rest.Contains("{{", StringComparison.Ordinal) ? tag : throw new KeelsonException(ErrorKind.InvalidArgument, $"log option tag: '{tag}' has other words than {string.Join(' ', Words)}");
    }

    /// <summary>A tag with its words in braces replaced.</summary>
    public static string Tag(ContainerInfo info, string tag)
    {
        string imageId = info.ImageId[(info.ImageId.IndexOf(':', StringComparison.Ordinal) + 1)..];
        string[] values = [info.ShortId, info.Id, info.Name, imageId.Length > 12 ? imageId[..12] : imageId, imageId, info.Settings.Image, "docker"];
        for (int i = 0; i < Words.Length; i++) tag = tag.Replace(Words[i], values[i], StringComparison.Ordinal);
        return tag;
    }

    /// <summary>The chosen labels and variables, by name.</summary>
    public static SortedDictionary<string, string> Chosen(ContainerInfo info, LogPolicy policy)
    {
        SortedDictionary<string, string> attributes = new(StringComparer.Ordinal);
        foreach ((string name, string value) in info.Settings.Labels ?? new Dictionary<string, string>())
            if (policy.Labels.Has(name)) attributes[name] = value;
        foreach (string variable in info.Settings.Env ?? [])
            if (variable.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && policy.Variables.Has(variable[..at])) attributes[variable[..at]] = variable[(at + 1)..];
        return attributes;
    }

    /// <summary>The chosen labels and variables, and the tag where the options say one.</summary>
    public static SortedDictionary<string, string> All(ContainerInfo info, LogPolicy policy)
    {
        SortedDictionary<string, string> attributes = Chosen(info, policy);
        if (policy.Tag.Length > 0) attributes["tag"] = Tag(info, policy.Tag);
        return attributes;
    }

    /// <summary>All of them as an object in JSON; empty when there is nothing to put in.</summary>
    public static byte[] Make(ContainerInfo info, LogPolicy policy)
    {
        SortedDictionary<string, string> attributes = All(info, policy);
        if (attributes.Count == 0) return [];
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        foreach ((string key, string value) in attributes) json.WriteString(key, value);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
