using System.Runtime.CompilerServices;

namespace Keelson.Tour.Tests;

/// <summary>Needs root, the published programs, and others' programs that make images and serve them.</summary>
public sealed class SampleFactAttribute : FactAttribute
{
    /// <summary>Skips the test unless all are there.</summary>
    public SampleFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        foreach (Need need in (Need[])[Need.Root, Need.PublishedPrograms, Need.PublishedDaemon])
            if (Needs.Missing(need) is { } reason) Skip = reason;
        foreach (string program in (string[])["docker-registry", "skopeo"])
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Skip = $"needs program {program}";
    }
}
