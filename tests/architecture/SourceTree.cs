namespace Keelson.Architecture.Tests;

/// <summary>The files that people write: all but what is built and what Git keeps, which in a worktree is a file.</summary>
internal static class SourceTree
{
    private static readonly string[] NotOurs = [".git", "artifacts", "BenchmarkDotNet.Artifacts", "bin", "obj", ".vs", ".idea"];

    /// <summary>Paths relative to the repository.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Repository.Root).Order(StringComparer.Ordinal)];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
            if (!NotOurs.Contains(Path.GetFileName(file))) yield return Path.GetRelativePath(Repository.Root, file);
        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (NotOurs.Contains(Path.GetFileName(child))) continue;
            foreach (string file in Walk(child)) yield return file;
        }
    }
}
