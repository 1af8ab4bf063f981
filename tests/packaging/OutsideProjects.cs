using System.Text.RegularExpressions;

namespace Keelson.Packaging.Tests;

/// <summary>The samples as a stranger has them: outside of the tree, with packages in place of projects, all built at once.</summary>
public sealed partial class OutsideProjects : IDisposable
{
    private readonly string folder = TestDirectory.Make("outside");
    private readonly Lazy<string> built;

    public OutsideProjects() => built = new(Build);

    /// <summary>What <c>dotnet</c> needs of an environment that is nobody's.</summary>
    /// <param name="home">A directory for what it keeps.</param>
    public static IReadOnlyDictionary<string, string> Dotnet(string home) => new Dictionary<string, string>
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
        ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/root",
        ["DOTNET_CLI_HOME"] = home,
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1",
        ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    };

    /// <summary>Names of all samples.</summary>
    public static string[] Names { get; } = [.. Directory.EnumerateDirectories(Repository.Root + "/samples").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The program of a sample.</summary>
    public string Program(string name) => $"{built.Value}/{name}/bin/Release/net10.0/{name}";

    public void Dispose() => TestDirectory.Remove(folder);

    private string Build()
    {
        string local = Packages.Folder, cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Environment.GetEnvironmentVariable("HOME") + "/.nuget/packages";
        // The only source is the folder; what others made is in the machine's cache, since the tree was built here.
        File.WriteAllText(folder + "/nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder}/packages" /></config>
              <packageSources><clear /><add key="keelson" value="{local}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{cache}" /></fallbackPackageFolders>
            </configuration>
            """);
        File.WriteAllText(folder + "/Directory.Build.props", """
            <Project>
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
            </Project>
            """);
        foreach (string name in Names)
        {
            Directory.CreateDirectory($"{folder}/{name}");
            File.Copy($"{Repository.Root}/samples/{name}/Program.cs", $"{folder}/{name}/Program.cs");
            string project = File.ReadAllText($"{Repository.Root}/samples/{name}/{name}.csproj"), alone = ProjectReference().Replace(project, $"<PackageReference Include=\"$1\" Version=\"{Destination.Version}\" />");
            Assert.DoesNotContain("ProjectReference", alone, StringComparison.Ordinal);
            File.WriteAllText($"{folder}/{name}/{name}.csproj", alone);
        }
        File.WriteAllText(folder + "/samples.slnx", $"<Solution>{string.Concat(Names.Select(name => $"<Project Path=\"{name}/{name}.csproj\" />"))}</Solution>");
        ChildProcess.Run(["dotnet", "build", "samples.slnx", "-c", "Release", "-v", "quiet"], new() { Directory = folder, Limit = TimeSpan.FromMinutes(5), Environment = Dotnet(folder) }).Succeeds();
        return folder;
    }

    [GeneratedRegex("""<ProjectReference Include="../../src/\w+/[\w.]+/([\w.]+)\.csproj" />""")]
    private static partial Regex ProjectReference();
}
