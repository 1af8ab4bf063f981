using System.Globalization;
using System.Text.RegularExpressions;

namespace Keelson.Registry.Tests.Daemon;

/// <summary>What curl got.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Status">The status of the answer; 0 without one.</param>
/// <param name="Version">The version of HTTP: <c>1.1</c>, <c>2</c>.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The body.</param>
/// <param name="Problem">What it complained of.</param>
internal sealed partial record CurlAnswer(int Code, int Status, string Version, string Headers, string Body, string Problem)
{
    /// <summary>Value of a header; empty without it.</summary>
    public string this[string name] => Regex.Match(Headers, $"^{Regex.Escape(name)}: *(.*?)\r?$", RegexOptions.IgnoreCase | RegexOptions.Multiline).Groups[1].Value;
}

/// <summary>Asks as somebody else's program does.</summary>
internal static class Curl
{
    /// <summary>Runs it.</summary>
    public static CurlAnswer Get(params string[] arguments)
    {
        Programs.Need("curl");
        CommandResult result = ChildProcess.Run(["curl", "-s", "-S", "-m", "30", "-D", "/dev/stderr", "-w", "\n%{http_code} %{http_version}", .. arguments]);
        string output = result.Stdout;
        int end = output.LastIndexOf('\n');
        string[] figures = output[(end + 1)..].Split(' ');
        return new(result.ExitCode, int.Parse(figures[0], CultureInfo.InvariantCulture), figures[1], result.Stderr, output[..end], result.Stderr);
    }
}
