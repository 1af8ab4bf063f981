using System.Text.RegularExpressions;

namespace Keelson.Api.Tests;

/// <summary>Debian's docker-registry on the loopback interface.</summary>
internal sealed partial class RegistryUnderTest : IDisposable
{
    private readonly ChildProcess process;
    private readonly string directory = TestDirectory.Make("registry");

    public RegistryUnderTest()
    {
        File.WriteAllText(directory + "/config.yml", $"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {directory}/data\nhttp:\n  addr: 127.0.0.1:0\n");
        process = ChildProcess.Start(["docker-registry", "serve", directory + "/config.yml"], new() { Environment = new Dictionary<string, string> { ["OTEL_TRACES_EXPORTER"] = "none" } });
        Condition.Await("the registry to listen", () => process.HasEnded || Listening().IsMatch(process.Stderr));
        Name = "127.0.0.1:" + Listening().Match(process.Stderr).Groups[1].Value;
    }

    public string Name { get; }

    public void Dispose()
    {
        process.Dispose();
        TestDirectory.Remove(directory);
    }

    [GeneratedRegex(@"listening on [^ ]*:(\d+)")]
    private static partial Regex Listening();
}
