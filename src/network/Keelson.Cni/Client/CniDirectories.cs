using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cni.Client;

/// <summary>Where networks are described, and where the programs of plug-ins are.</summary>
/// <param name="configurations">Folders of files <c>*.conflist</c>, <c>*.conf</c> and <c>*.json</c>, read in the order of their names.</param>
/// <param name="programs">Folders of programs, looked at in order: what is <c>CNI_PATH</c> to them.</param>
public sealed class CniDirectories(IReadOnlyList<string> configurations, IReadOnlyList<string> programs)
{
    /// <summary>Most files that are read to find a network.</summary>
    private const int FileLimit = 256;

    private static readonly string[] Endings = [".conflist", ".conf", ".json"];

    /// <summary>Where others look, and Debian's packages put them.</summary>
    public static CniDirectories Standard { get; } = new(["/etc/cni/net.d"], ["/opt/cni/bin", "/usr/lib/cni"]);

    /// <summary>Folders of descriptions.</summary>
    public IReadOnlyList<string> Configurations => configurations;

    /// <summary>Folders of programs.</summary>
    public IReadOnlyList<string> Programs => programs;

    /// <summary>The program of a plug-in.</summary>
    /// <exception cref="CniException">InvalidConfiguration: its name has a way out of the folders, or there is none.</exception>
    public string FindProgram(string type)
    {
        if (!CniNames.IsType(type)) throw new CniException(CniErrorCode.InvalidConfiguration, $"CNI plug-in '{type}': that is no name of one");
        foreach (string folder in programs)
            if (Path.IsPathRooted(folder) && $"{folder}/{type}" is var path && File.Exists(path)) return path;
        throw new CniException(CniErrorCode.InvalidConfiguration, $"CNI plug-in {type}: it is in none of {string.Join(", ", programs)}");
    }

    /// <summary>The network of a name, or of a file.</summary>
    /// <param name="reference">A network's name, or the absolute path of its file.</param>
    /// <exception cref="KeelsonException">NotFound: there is none. Others: its file is damaged.</exception>
    public CniNetwork FindNetwork(string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (reference.StartsWith('/')) return Read(reference);
        if (!CniNames.IsName(reference)) throw new CniException(CniErrorCode.InvalidConfiguration, $"CNI network '{reference}': it is neither a name nor the absolute path of a file");
        List<string> damaged = [];
        foreach (string folder in configurations)
        {
            if (Directories.TryListNames(folder, out List<string> names) != Errno.None) continue;
            foreach (string name in names.Where(name => Endings.Contains(Path.GetExtension(name))).Order(StringComparer.Ordinal).Take(FileLimit))
            {
                try
                {
                    if (Read($"{folder}/{name}") is var network && network.Name == reference) return network;
                }
                catch (KeelsonException e)
                {
                    // It may be another network's, whose matter that is.
                    damaged.Add(e.FullMessage);
                }
            }
        }
        string besides = damaged.Count == 0 ? "" : $"; {string.Join("; ", damaged)}";
        throw new KeelsonException(ErrorKind.NotFound, $"CNI network {reference}: no file in {string.Join(", ", configurations)} describes it{besides}");
    }

    private static CniNetwork Read(string path)
    {
        ReadOnlyMemory<byte> text = Files.ReadAll(path, CniJson.LimitBytes);
        try
        {
            return CniNetwork.Read(text);
        }
        catch (CniException e)
        {
            throw new CniException(e.Code, $"CNI network in {path}", e);
        }
    }
}
