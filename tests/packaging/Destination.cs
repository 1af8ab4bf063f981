using System.Security.Cryptography;
using System.Xml.Linq;

namespace Keelson.Packaging.Tests;

/// <summary>A directory that <c>./install</c> takes for the root of a machine, with the programs that <c>./test</c> has published.</summary>
public sealed class Destination : IDisposable
{
    /// <summary>Where programs go that need no place of their own.</summary>
    public const string Prefix = "/usr/local";

    /// <summary>The list of what was installed, below the destination.</summary>
    public const string Manifest = Prefix + "/share/keelson/installed";

    /// <summary>The only file that is its user's.</summary>
    public const string Config = "/etc/keelson/config.toml";

    private const string NewFile = ".keelson-new";

    private readonly string folder = TestDirectory.Make("install");

    /// <summary>The directory; it comes into being with the first installation.</summary>
    public string Root => folder + "/root";

    /// <summary>Programs that are built.</summary>
    public static string Programs { get; } = Repository.Root + "/artifacts/publish";

    /// <summary>The version of all that is built.</summary>
    public static string Version { get; } = XDocument.Load(Repository.Root + "/Directory.Build.props").Descendants("Version").Single().Value;

    /// <summary>What an installation and its removal may take, beside whatever else the machine does.</summary>
    public static CommandOptions Patient { get; } = new() { Limit = TimeSpan.FromMinutes(2) };

    /// <summary>The place of a path of the machine.</summary>
    public string At(string path) => Root + path;

    /// <summary>Runs <c>./install</c> for this place.</summary>
    public CommandResult Install(params IReadOnlyList<string> options) => ChildProcess.Run([Repository.Root + "/install", "--destdir", Root, "--from", Programs, .. options], Patient);

    /// <summary>Runs <c>./install --uninstall</c> for this place.</summary>
    public CommandResult Uninstall() => ChildProcess.Run([Repository.Root + "/install", "--destdir", Root, "--uninstall"], Patient);

    /// <summary>All there is, in the words of the manifest: files with their sums, links with their targets, and directories.</summary>
    public IEnumerable<string> Inventory()
    {
        if (!Directory.Exists(Root)) return [];
        return Directory.EnumerateFileSystemEntries(Root, "*", SearchOption.AllDirectories).Select(path =>
        {
            string place = path[Root.Length..];
            FileInfo info = new(path);
            if (info.LinkTarget is { } target) return $"link {target} {place}";
            return info.Attributes.HasFlag(FileAttributes.Directory) ? $"directory - {place}" : $"file {Sum(path)} {place}";
        }).Order(StringComparer.Ordinal);
    }

    /// <summary>Paths of files that an installation had begun and not ended.</summary>
    public IEnumerable<string> Unfinished() => Directory.EnumerateFiles(Root, "*" + NewFile, SearchOption.AllDirectories);

    /// <summary>The manifest's lines.</summary>
    public IEnumerable<string> Listed() => File.ReadAllLines(At(Manifest)).Order(StringComparer.Ordinal);

    public void Dispose() => TestDirectory.Remove(folder);

    private static string Sum(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
