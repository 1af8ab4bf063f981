namespace Keelson.Testing;

/// <summary>Runs skopeo, which reads and writes what is compared.</summary>
public static class Skopeo
{
    /// <summary>Copies an image with its digests; what cannot keep them fails.</summary>
    public static string Copy(string from, string to, params IReadOnlyList<string> more) => Transform(from, to, ["--preserve-digests", .. more]);

    /// <summary>Copies an image that may become another one: another format, another compression.</summary>
    public static string Transform(string from, string to, params IReadOnlyList<string> more) =>
        Run(["copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false", .. more, from, to]);

    /// <summary>The digest of what a place holds.</summary>
    public static string DigestOf(string place) => Run(["inspect", "--tls-verify=false", "--format", "{{.Digest}}", place]).Trim();

    /// <summary>Runs a command that has to succeed.</summary>
    public static string Run(IReadOnlyList<string> arguments) => Try(arguments).Succeeds().Stdout;

    /// <summary>Runs a command that may fail.</summary>
    public static CommandResult Try(IReadOnlyList<string> arguments)
    {
        string home = TestDirectory.Make("home");
        try
        {
            return ChildProcess.Run(["skopeo", .. arguments], new CommandOptions
            {
                Environment = new Dictionary<string, string> { ["HOME"] = home, ["TMPDIR"] = home },
                Limit = TimeSpan.FromSeconds(120),
            });
        }
        finally
        {
            TestDirectory.Remove(home);
        }
    }
}
