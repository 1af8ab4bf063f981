using System.Text.Json;

namespace Keelson.Plugins;

/// <summary>Where plug-ins are: a socket <c>NAME.sock</c> of a running one, or a file that says where it listens. Docker Plugin API "Plugin discovery".</summary>
/// <param name="sockets">Folders of sockets; docker's is <c>/run/docker/plugins</c>.</param>
/// <param name="files">Folders of files <c>NAME.spec</c> and <c>NAME.json</c>; docker's are <c>/etc/docker/plugins</c> and <c>/usr/lib/docker/plugins</c>.</param>
public sealed class PluginDirectory(IReadOnlyList<string> sockets, IReadOnlyList<string> files)
{
    /// <summary>Longest file.</summary>
    private const int LimitBytes = 64 << 10;

    /// <summary>Where docker looks.</summary>
    public static PluginDirectory Standard { get; } = new(["/run/docker/plugins"], ["/etc/docker/plugins", "/usr/lib/docker/plugins"]);

    /// <summary>Names of all that are there.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            SortedSet<string> names = new(StringComparer.Ordinal);
            foreach (string folder in sockets.Where(Directory.Exists))
                foreach (string path in Directory.EnumerateFileSystemEntries(folder))
                {
                    string name = Path.GetFileName(path);
                    if (name.EndsWith(".sock", StringComparison.Ordinal)) names.Add(name[..^".sock".Length]);
                    else if (File.Exists($"{path}/{name}.sock")) names.Add(name);
                }
            foreach (string folder in files.Where(Directory.Exists))
                foreach (string path in Directory.EnumerateFiles(folder))
                    if (path.EndsWith(".spec", StringComparison.Ordinal) || path.EndsWith(".json", StringComparison.Ordinal)) names.Add(Path.GetFileNameWithoutExtension(path));
            names.RemoveWhere(name => name.Length == 0 || name.StartsWith('.'));
            return [.. names];
        }
    }

    /// <summary>Where a plug-in listens; <see langword="null"/>: there is none of this name.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the name has a way out of the folders. DataLoss: its file says nothing.</exception>
    public string? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name.StartsWith('.')) throw new KeelsonException(ErrorKind.InvalidArgument, $"plug-in '{name}': that is no name of one");
        foreach (string folder in sockets)
            foreach (string path in (string[])[$"{folder}/{name}.sock", $"{folder}/{name}/{name}.sock"])
                if (File.Exists(path)) return "unix://" + path;
        foreach (string folder in files)
        {
            if (Read($"{folder}/{name}.spec") is { } text) return text.Trim() is { Length: > 0 } address ? address : throw Damaged($"{folder}/{name}.spec");
            if (Read($"{folder}/{name}.json") is { } json) return AddressIn(json) ?? throw Damaged($"{folder}/{name}.json");
        }
        return null;
    }

    private static string? Read(string path) => File.Exists(path) ? System.Text.Encoding.UTF8.GetString(Linux.Sys.Files.ReadAll(path, LimitBytes).Span) : null;

    private static string? AddressIn(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("Addr", out JsonElement address) && address.ValueKind == JsonValueKind.String ? address.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static KeelsonException Damaged(string path) => new(ErrorKind.DataLoss, $"plug-in: {path} does not say where it listens");
}
