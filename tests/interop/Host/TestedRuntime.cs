namespace Keelson.Interop.Tests;

/// <summary>The OCI runtime that the callers are given.</summary>
public static class TestedRuntime
{
    /// <summary>
    /// The executable: <c>KEELSON_TEST_RUNTIME</c>, or the published <c>keelson-runtime</c>.
    /// </summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("KEELSON_TEST_RUNTIME") is { Length: > 0 } given ? given : Published();

    /// <summary>Whether the tests run against runc, to see what the reference does on this machine.</summary>
    public static bool IsRunc { get; } = System.IO.Path.GetFileName(Path) == "runc";

    /// <summary>Skips the test when the runtime is runc, for which <c>docs/interop.md</c> gives the reason.</summary>
    public static void RuncFails(string reason) => Assert.SkipWhen(IsRunc, $"runc fails here: {reason}");

    private static string Published()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Keelson.slnx")))
                return System.IO.Path.Combine(directory.FullName, "artifacts/publish/keelson-runtime/release/keelson-runtime");
        throw new InvalidOperationException($"no Keelson.slnx above {AppContext.BaseDirectory}");
    }
}
