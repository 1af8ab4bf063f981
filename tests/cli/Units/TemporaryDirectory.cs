namespace Keelson.Cli.Tests;

/// <summary>A directory that goes with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = TestDirectory.Make("cli");

    public void Dispose() => TestDirectory.Remove(Path);
}
