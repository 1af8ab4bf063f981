using System.Text.Json;
using Keelson.Linux.Sys;
using Keelson.Toml;

namespace Keelson.Daemon.Configuration;

/// <summary>A configuration in JSON, as notary's programs have it. A string may stand for a number there, as a variable of the environment does.</summary>
internal static class JsonFile
{
    private const int LimitBytes = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="KeelsonException">It cannot be read, or is not an object in JSON.</exception>
    public static TomlValue Read(string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Files.ReadAll(file, LimitBytes), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            return Convert(document.RootElement) is { Table: not null } table ? table : throw new KeelsonException(ErrorKind.InvalidArgument, $"configuration {file}: it is not an object in JSON");
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"configuration {file}: {e.Message}", e);
        }
    }

    private static TomlValue Convert(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                TomlValue table = TomlValue.NewTable(0);
                foreach (JsonProperty member in element.EnumerateObject())
                    if (member.Value.ValueKind != JsonValueKind.Null) table.Table![member.Name] = member.Value.ValueKind == JsonValueKind.String ? new(new EnvironmentText(member.Value.GetString()!), 0) : Convert(member.Value);
                return table;
            case JsonValueKind.Array: return new(element.EnumerateArray().Select(Convert).ToList(), 0);
            case JsonValueKind.String: return new(element.GetString()!, 0);
            case JsonValueKind.Number: return new(element.TryGetInt64(out long number) ? (object)number : element.GetDouble(), 0);
            default: return new(element.ValueKind == JsonValueKind.True, 0);
        }
    }
}
