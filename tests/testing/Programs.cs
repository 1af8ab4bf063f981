using Xunit;

namespace Keelson.Testing;

/// <summary>Programs of others that a test needs.</summary>
public static class Programs
{
    /// <summary>Skips the test where one of them is missing.</summary>
    public static void Need(params IReadOnlyList<string> programs)
    {
        foreach (string program in programs) Assert.SkipUnless(Exists(program), $"needs program {program}");
    }

    private static bool Exists(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
