using System.Xml.Linq;

namespace Keelson.Architecture.Tests;

/// <summary>A project file and what it refers to. Paths are relative to the repository, with forward slashes.</summary>
internal sealed record Project(string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Reads one project file.</summary>
    public static Project Read(string root, string path)
    {
        string file = System.IO.Path.Combine(root, path);
        XDocument document = XDocument.Load(file);
        string folder = System.IO.Path.GetDirectoryName(file)!;
        IEnumerable<string> Included(string element) => document.Descendants(element).Select(e => e.Attribute("Include")?.Value).OfType<string>();
        return new(path,
            [.. Included("ProjectReference").Select(include => System.IO.Path.GetRelativePath(root, System.IO.Path.GetFullPath(include, folder)))],
            [.. Included("PackageReference")]);
    }
}

/// <summary>Which project may refer to which.</summary>
internal static class Arrows
{
    /// <summary>Layers from the bottom up. A project refers to layers below its own; a project that is not listed has no place yet.</summary>
    private static readonly string[][] Layers =
    [
        ["Keelson.Core"],
        ["Keelson.Hosting", "Keelson.Linux", "Keelson.Oci", "Keelson.Ttrpc"],
        ["Keelson.Acme", "Keelson.Archive", "Keelson.Cgroups", "Keelson.Docker", "Keelson.Netlink", "Keelson.Pkcs11", "Keelson.Plugins", "Keelson.Seccomp", "Keelson.Tuf"],
        ["Keelson.Content", "Keelson.Distribution", "Keelson.Network", "Keelson.Runtime", "Keelson.Snapshots"],
        ["Keelson.Cni", "Keelson.Shim"],
        ["Keelson.Engine", "Keelson.Notary", "Keelson.Notary.Client", "Keelson.Registry"],
        ["Keelson.Build"],
        ["Keelson.Api", "Keelson.DockerApi", "Keelson.Notary.MySql", "Keelson.Notary.Pkcs11", "Keelson.Notary.Postgres", "Keelson.Notary.Signer", "Keelson.Notary.Sqlite", "Keelson.Registry.Postgres", "Keelson.Registry.S3"],
        ["containerd-shim-keelson-v2", "keelson", "keelson-cni", "keelson-runtime", "keelsond"],
    ];

    /// <summary>Packages that a project under src may refer to. Each costs size and start-up, so each is a decision.</summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Keelson.Archive"] = ["ZstdSharp.Port"],
        ["Keelson.Hosting"] = ["Grpc.Core.Api"],
        ["Keelson.Notary.MySql"] = ["MySqlConnector"],
        ["Keelson.Notary.Postgres"] = ["Npgsql"],
        ["Keelson.Notary.Signer"] = ["Google.Protobuf", "Grpc.Net.Client", "Grpc.Tools"],
        ["Keelson.Notary.Sqlite"] = ["Microsoft.Data.Sqlite"],
        ["Keelson.Registry"] = ["BCrypt.Net-Next"],
        ["Keelson.Registry.Postgres"] = ["Npgsql"],
        ["Keelson.Registry.S3"] = ["AWSSDK.S3"],
        ["Keelson.Tuf"] = ["BouncyCastle.Cryptography"],
        ["Keelson.Api"] = ["Google.Protobuf", "Grpc.Net.Client", "Grpc.Tools"],
    };

    /// <summary>What is wrong with the references of some projects; empty when all is well.</summary>
    public static List<string> Faults(IEnumerable<Project> projects)
    {
        List<string> faults = [];
        foreach (Project project in projects)
        {
            bool isSource = project.Path.StartsWith("src/", StringComparison.Ordinal);
            if (isSource && Layer(project.Name) < 0) faults.Add($"{project.Path} has no layer");
            foreach (string reference in project.References)
            {
                if (isSource && !reference.StartsWith("src/", StringComparison.Ordinal)) faults.Add($"{project.Path} -> {reference}: leaves src");
                else if (!isSource && !IsForOthers(reference)) faults.Add($"{project.Path} -> {reference}: only src, tests and what benchmarks share are for others");
                else if (isSource && Layer(Path.GetFileNameWithoutExtension(reference)) >= Layer(project.Name)) faults.Add($"{project.Path} -> {reference}: not down");
            }
            if (!isSource) continue;
            faults.AddRange(project.Packages.Except(Packages.GetValueOrDefault(project.Name, [])).Select(package => $"{project.Path} uses the package {package}"));
        }
        return faults;
    }

    private static bool IsForOthers(string reference) =>
        reference.StartsWith("src/", StringComparison.Ordinal) || reference.StartsWith("tests/", StringComparison.Ordinal) || reference.StartsWith("benchmarks/macro/common/", StringComparison.Ordinal);

    private static int Layer(string name) => Array.FindIndex(Layers, layer => layer.Contains(name));
}
