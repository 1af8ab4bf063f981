using System.Text.Json.Nodes;

namespace Keelson.Packaging.Tests;

/// <summary>The packages of NuGet whose code is in the programs.</summary>
internal static class LinkedPackages
{
    /// <summary>Packages that work while programs are built and leave nothing in them.</summary>
    private static readonly string[] Tools = ["Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.NET.ILLink.Tasks"];

    /// <summary>Those that stand in no lock file: the SDK fetches them for a program without a runtime of its own.</summary>
    private static readonly string[] Runtime = ["Microsoft.AspNetCore.App.Runtime.linux-x64", "Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64"];

    /// <summary>Their names, of the lock files of all programs.</summary>
    public static IReadOnlyCollection<string> Names { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root + "/src/apps", "packages.lock.json", SearchOption.AllDirectories)
            .SelectMany(path => JsonNode.Parse(File.ReadAllText(path))!["dependencies"]!.AsObject())
            .SelectMany(framework => framework.Value!.AsObject())
            .Where(package => (string?)package.Value!["type"] != "Project").Select(package => package.Key)
            .Except(Tools).Union(Runtime),
    ];
}
