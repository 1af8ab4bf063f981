using System.Runtime.CompilerServices;

namespace Keelson.Engine.Tests;

/// <summary>Rows of data for a test that needs root, the published programs and others' programs.</summary>
public sealed class OthersTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless all are there.</summary>
    /// <param name="programs">Their names, with a space between two.</param>
    /// <param name="file">Where the test is.</param>
    /// <param name="line">Where in it.</param>
    public OthersTheoryAttribute(string programs, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if ((Needs.Missing(Need.Root) ?? Needs.Missing(Need.PublishedPrograms) ?? MissingProgram(programs)) is { } reason) Skip = reason;
    }

    private static string? MissingProgram(string programs) =>
        programs.Split(' ').Where(program => !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))).Select(program => $"needs program {program}").FirstOrDefault();
}
