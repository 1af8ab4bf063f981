using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;

namespace Keelson.Packaging.Tests;

/// <summary>What the packages of NuGet hold and say.</summary>
public class PackageTests
{
    [InstallFact("dotnet")]
    public void Every_library_is_a_package_with_symbols_and_nothing_else_is()
    {
        Assert.NotEmpty(Packages.Libraries);
        Assert.Equal(
            Packages.Libraries.SelectMany(library => (string[])[$"{library}.{Destination.Version}.nupkg", $"{library}.{Destination.Version}.snupkg"]).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Packages.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [InstallFact("dotnet")]
    public void Each_holds_the_library_its_documentation_and_a_first_page()
    {
        foreach (string library in Packages.Libraries)
        {
            using ZipArchive package = Packages.Open(library), symbols = Packages.Open(library, "snupkg");
            Assert.Equal(
                ["README.md", $"lib/net10.0/{library}.dll", $"lib/net10.0/{library}.xml"],
                package.Entries.Select(entry => entry.FullName).Where(name => name is "README.md" || name.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.Contains("<summary>", Packages.Text(package, $"lib/net10.0/{library}.xml"), StringComparison.Ordinal);
            Assert.NotNull(symbols.GetEntry($"lib/net10.0/{library}.pdb"));
            string page = Packages.Text(package, "README.md")!, description = Value(Packages.Metadata(library), "description");
            Assert.StartsWith($"# {library}\n\n{description}\n", page, StringComparison.Ordinal);
        }
    }

    [InstallFact("dotnet")]
    public void Each_says_its_license_and_the_commit_and_depends_on_what_is_there()
    {
        string commit = ChildProcess.Run(["git", "-C", Repository.Root, "rev-parse", "HEAD"]).Succeeds().Text;
        XElement[] known = [.. XDocument.Load(Repository.Root + "/Directory.Packages.props").Descendants("PackageVersion")];
        foreach (string library in Packages.Libraries)
        {
            XElement metadata = Packages.Metadata(library);
            Assert.Equal(library, Value(metadata, "id"));
            Assert.Equal("Apache-2.0", Value(metadata, "license"));
            Assert.Equal("README.md", Value(metadata, "readme"));
            Assert.Equal("The Keelson authors", Value(metadata, "authors"));
            Assert.Equal(commit, Element(metadata, "repository").Attribute("commit")!.Value);
            foreach (XElement dependency in metadata.Descendants().Where(element => element.Name.LocalName == "dependency"))
            {
                string id = dependency.Attribute("id")!.Value, version = dependency.Attribute("version")!.Value;
                bool isThere = Packages.Libraries.Contains(id) ? version == Destination.Version : known.Any(package => package.Attribute("Include")!.Value == id && package.Attribute("Version")!.Value == version);
                Assert.True(isThere, $"{library} depends on {id} {version}");
            }
        }
    }

    [InstallFact("dotnet")]
    public void Nothing_tells_where_it_was_built()
    {
        string place = Repository.Root + "/";
        foreach (string library in Packages.Libraries)
        {
            using ZipArchive package = Packages.Open(library), symbols = Packages.Open(library, "snupkg");
            using MemoryStream debug = new();
            using (Stream stream = symbols.GetEntry($"lib/net10.0/{library}.pdb")!.Open()) stream.CopyTo(debug);
            debug.Position = 0;
            using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(debug);
            MetadataReader reader = provider.GetMetadataReader();
            string[] documents = [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
            Assert.NotEmpty(documents);
            Assert.All(documents, document => Assert.StartsWith("/keelson/", document, StringComparison.Ordinal));
            using StreamReader assembly = new(package.GetEntry($"lib/net10.0/{library}.dll")!.Open(), Encoding.Latin1);
            Assert.DoesNotContain(place, assembly.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    private static XElement Element(XElement metadata, string name) => metadata.Elements().Single(element => element.Name.LocalName == name);

    private static string Value(XElement metadata, string name) => Element(metadata, name).Value;
}
