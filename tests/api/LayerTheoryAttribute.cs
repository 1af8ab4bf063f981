using System.Runtime.CompilerServices;

namespace Keelson.Api.Tests;

/// <summary>Rows of data for a test that needs root, the published daemon and others' programs.</summary>
public sealed class LayerTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless all are there.</summary>
    /// <param name="programs">Their names, with a space between two.</param>
    /// <param name="file">Where the test is.</param>
    /// <param name="line">Where in it.</param>
    public LayerTheoryAttribute(string programs, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Needs.Missing(Need.Root) ?? Needs.Missing(Need.PublishedDaemon)
            ?? programs.Split(' ').Where(program => !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))).Select(program => $"needs program {program}").FirstOrDefault();
}
