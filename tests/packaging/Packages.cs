using System.IO.Compression;
using System.Xml.Linq;

namespace Keelson.Packaging.Tests;

/// <summary>The packages of all libraries, packed once from what publishing the programs has built.</summary>
public static class Packages
{
    private static readonly Lazy<string> Packed = new(() =>
    {
        ChildProcess.Run([Repository.Root + "/packaging/nuget", "--no-build"], new() { Limit = TimeSpan.FromMinutes(4), Environment = OutsideProjects.Dotnet(TestDirectory.Make("pack")) }).Succeeds();
        return Repository.Root + "/artifacts/nuget";
    });

    /// <summary>Where they are.</summary>
    public static string Folder => Packed.Value;

    /// <summary>Names of the libraries: the projects below <c>src</c> that are no programs.</summary>
    public static string[] Libraries { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root + "/src", "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/src/apps/", StringComparison.Ordinal)).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Opens a package.</summary>
    /// <param name="library">Name of the library.</param>
    /// <param name="extension">nupkg, or snupkg for its symbols.</param>
    public static ZipArchive Open(string library, string extension = "nupkg") => ZipFile.OpenRead($"{Folder}/{library}.{Destination.Version}.{extension}");

    /// <summary>Reads a text of a package; <see langword="null"/>: there is none.</summary>
    public static string? Text(ZipArchive package, string name)
    {
        if (package.GetEntry(name) is not { } entry) return null;
        using StreamReader reader = new(entry.Open());
        return reader.ReadToEnd();
    }

    /// <summary>Reads what a package says of itself.</summary>
    public static XElement Metadata(string library)
    {
        using ZipArchive package = Open(library);
        XDocument document = XDocument.Parse(Text(package, library + ".nuspec")!);
        return document.Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }
}
