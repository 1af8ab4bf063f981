namespace Keelson.Distribution.Tests;

/// <summary>Runs skopeo, which reads and writes what is compared.</summary>
internal static class Skopeo
{
    public static string Copy(string from, string to, params IReadOnlyList<string> more) =>
        Run(["copy", "--insecure-policy", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false", .. more, from, to]);

    /// <summary>The digest of what a place holds.</summary>
    public static string DigestOf(string place) => Run(["inspect", "--tls-verify=false", "--format", "{{.Digest}}", place]).Trim();

    private static string Run(IReadOnlyList<string> arguments) => ChildProcess.Run(["skopeo", .. arguments], new CommandOptions
    {
        Environment = new Dictionary<string, string> { ["HOME"] = TestDirectory.Make("home"), ["TMPDIR"] = TestDirectory.Make("tmp") },
        Limit = TimeSpan.FromSeconds(120),
    }).Succeeds().Stdout;
}
