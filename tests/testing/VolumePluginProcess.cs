using System.Text.Json;

namespace Keelson.Testing;

/// <summary>A plug-in for volumes, by the rules that <c>volume-plugin.py</c> has.</summary>
public sealed class VolumePluginProcess : PythonPlugin
{
    /// <summary>Starts it.</summary>
    public VolumePluginProcess(string name = "pv") : base(name, "volume-plugin")
    {
        Directory.CreateDirectory(Sockets);
        Start();
    }

    /// <inheritdoc/>
    public override string Sockets => Folder + "/sockets";

    /// <inheritdoc/>
    protected override IEnumerable<string> Command => [Path.Combine(Repository.Root, "tests/testing/volume-plugin.py"), Socket, Folder];

    /// <summary>Its volumes, directories.</summary>
    public string Volumes => Folder + "/volumes";

    /// <summary>Names of its volumes.</summary>
    public IEnumerable<string?> Names => Directory.GetDirectories(Volumes).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    /// <summary>What it was asked to change, oldest first: the method, the volume, and what it was told; identities of uses are numbers from 1.</summary>
    public string[] Changes
    {
        get
        {
            List<string> ids = [];
            List<string> changes = [];
            foreach (JsonElement note in Notes)
            {
                string method = note.GetProperty("method").GetString()!.Replace("VolumeDriver.", "", StringComparison.Ordinal);
                JsonElement asked = note.GetProperty("asked");
                if (method is not ("Create" or "Mount" or "Unmount" or "Remove")) continue;
                string more = "";
                if (asked.TryGetProperty("ID", out JsonElement id))
                {
                    if (!ids.Contains(id.GetString()!)) ids.Add(id.GetString()!);
                    more = $" {ids.IndexOf(id.GetString()!) + 1}";
                }
                if (asked.TryGetProperty("Opts", out JsonElement options)) more = " " + options.GetRawText();
                changes.Add($"{method} {asked.GetProperty("Name").GetString()}{more}");
            }
            return [.. changes];
        }
    }

    /// <summary>How many uses it knows of a volume.</summary>
    public int Uses(string name) => File.Exists($"{Folder}/mounted-{name}") ? File.ReadAllText($"{Folder}/mounted-{name}").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length : 0;

    /// <summary>Whether it was asked this, whatever it does with it.</summary>
    public bool WasAsked(string method) => File.Exists(NotesFile) && File.ReadAllText(NotesFile).Contains($"\"VolumeDriver.{method}\"", StringComparison.Ordinal);
}
