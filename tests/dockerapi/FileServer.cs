using System.Text.RegularExpressions;

namespace Keelson.DockerApi.Tests;

/// <summary>Python's server of files on the loopback interface.</summary>
internal sealed partial class FileServer : IDisposable
{
    private readonly ChildProcess process;

    /// <param name="directory">What it serves; files that end in <c>.txt</c> are text.</param>
    public FileServer(string directory)
    {
        process = ChildProcess.Start(["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", directory]);
        Condition.Await("the server of files", () => process.HasEnded || Port().IsMatch(process.Stdout));
        Match match = Port().Match(process.Stdout);
        if (!match.Success) throw new InvalidOperationException("the server of files did not start: " + process.Stderr);
        Address = "http://127.0.0.1:" + match.Groups[1].Value;
    }

    public string Address { get; }

    public void Dispose() => process.Dispose();

    [GeneratedRegex("port ([0-9]+)")]
    private static partial Regex Port();
}
