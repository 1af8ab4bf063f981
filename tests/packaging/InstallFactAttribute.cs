using System.Runtime.CompilerServices;

namespace Keelson.Packaging.Tests;

/// <summary>Needs root, what <c>./test</c> publishes, and programs of others.</summary>
public sealed class InstallFactAttribute : FactAttribute
{
    /// <summary>Skips the test unless all are there.</summary>
    /// <param name="programs">Looked up in <c>PATH</c>, separated by blanks.</param>
    /// <param name="file">Of the test.</param>
    /// <param name="line">Of the test.</param>
    public InstallFactAttribute(string programs = "", [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        foreach (Need need in (Need[])[Need.Root, Need.PublishedPrograms, Need.PublishedDaemon])
            if (Needs.Missing(need) is { } reason) Skip = reason;
        foreach (string program in programs.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Skip = $"needs program {program}";
    }
}
