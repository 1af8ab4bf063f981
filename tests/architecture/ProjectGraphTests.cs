using System.Xml.Linq;

namespace Keelson.Architecture.Tests;

public class ProjectGraphTests
{
    private static readonly Project[] Projects =
        [.. SourceTree.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Select(path => Project.Read(Repository.Root, path))];

    [Fact]
    public void Dependencies_point_down()
    {
        Faults.None(Arrows.Faults(Projects));
    }

    [Theory]
    [InlineData("src/base/Keelson.Linux/Keelson.Linux.csproj", "src/runtime/Keelson.Cgroups/Keelson.Cgroups.csproj", "not down")]
    [InlineData("src/base/Keelson.Linux/Keelson.Linux.csproj", "src/base/Keelson.Oci/Keelson.Oci.csproj", "not down")]
    [InlineData("src/apps/keelson-runtime/keelson-runtime.csproj", "tests/testing/testing.csproj", "leaves src")]
    [InlineData("tests/linux/linux.csproj", "benchmarks/micro/micro.csproj", "only src, tests")]
    [InlineData("src/base/Keelson.Nowhere/Keelson.Nowhere.csproj", "src/base/Keelson.Core/Keelson.Core.csproj", "no layer")]
    public void A_wrong_arrow_is_reported(string from, string to, string fault)
    {
        List<string> faults = Arrows.Faults([new Project(from, [to], [])]);
        Assert.Contains(faults, text => text.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void A_package_that_was_not_decided_on_is_reported()
    {
        Assert.Single(Arrows.Faults([new Project("src/base/Keelson.Core/Keelson.Core.csproj", [], ["Some.Package"])]));
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_every_entry_exists()
    {
        string[] listed = [.. XDocument.Parse(SourceTree.Read("Keelson.slnx")).Descendants("Project").Select(e => e.Attribute("Path")!.Value).Order(StringComparer.Ordinal)];
        Assert.Equal(Projects.Select(project => project.Path).Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public void Every_project_has_its_lock_file()
    {
        Assert.DoesNotContain(Projects, project => !File.Exists(Path.Combine(Repository.Root, project.Folder, "packages.lock.json")));
    }

    [Fact]
    public void A_test_project_is_named_after_its_folder()
    {
        // ./test finds the program of an area by these names.
        Assert.DoesNotContain(Projects, project => project.Path.StartsWith("tests/", StringComparison.Ordinal) && project.Name != Path.GetFileName(project.Folder));
    }
}
