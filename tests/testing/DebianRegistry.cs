using System.Text.RegularExpressions;

namespace Keelson.Testing;

/// <summary>Debian's docker-registry on the loopback interface, with its store on tmpfs.</summary>
public sealed partial class DebianRegistry : IDisposable
{
    public const string User = "user", Password = "a:long password";

    private readonly ChildProcess process;
    private readonly string directory = TestDirectory.Make("registry"), data;

    /// <summary>Starts a registry.</summary>
    /// <param name="needsPassword">Whether it wants <see cref="User"/> and <see cref="Password"/>.</param>
    /// <param name="hasTls">Whether it speaks TLS, with a certificate of <see cref="AuthorityFile"/>; HTTP/2 comes with it.</param>
    /// <param name="allowsDelete">Whether manifests and blobs may be deleted.</param>
    /// <param name="store">A directory that stays the caller's, for its store; one of its own by default.</param>
    /// <param name="notifies">Who is told of what happens, with what manifests refer to; nobody by default.</param>
    public DebianRegistry(bool needsPassword = false, bool hasTls = false, bool allowsDelete = true, string? store = null, Uri? notifies = null)
    {
        data = store ?? directory + "/data";
        string auth = "", tls = "";
        if (needsPassword)
        {
            ChildProcess.Run(["htpasswd", "-Bbc", "-C", "5", directory + "/htpasswd", User, Password]).Succeeds();
            auth = $"auth:\n  htpasswd:\n    realm: test\n    path: {directory}/htpasswd\n";
        }
        if (hasTls)
        {
            using TestAuthority authority = new(directory);
            authority.Issue("server", "CN=server");
            tls = $"  tls:\n    certificate: {directory}/server.pem\n    key: {directory}/server.key\n";
        }
        string notifications = notifies is null ? "" : $"notifications:\n  events:\n    includereferences: true\n  endpoints:\n    - {{name: test, url: '{notifies}', timeout: 20s, threshold: 3, backoff: 1s}}\n";
        File.WriteAllText(directory + "/config.yml",
            $"version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {data}\n  delete:\n    enabled: {(allowsDelete ? "true" : "false")}\nhttp:\n  addr: 127.0.0.1:0\n{tls}{auth}{notifications}");
        process = ChildProcess.Start(["docker-registry", "serve", directory + "/config.yml"], new CommandOptions
        {
            Environment = new Dictionary<string, string> { ["OTEL_TRACES_EXPORTER"] = "none" },
        });
        Condition.Await("the registry to listen", () => process.HasEnded || Listening().IsMatch(process.Stderr));
        Match match = Listening().Match(process.Stderr);
        if (!match.Success) throw new InvalidOperationException("the registry did not start: " + process.Stderr);
        Name = "127.0.0.1:" + match.Groups[1].Value;
    }

    public string Name { get; }

    public string AuthorityFile => directory + "/ca.pem";

    /// <summary>What it says, with a line for each request.</summary>
    public string Log => process.Stderr + process.Stdout;

    /// <summary>The blobs that it has, by their digits.</summary>
    public string BlobFile(string hex) => $"{data}/docker/registry/v2/blobs/sha256/{hex[..2]}/{hex}/data";

    /// <summary>Removes what nothing refers to; nobody may push meanwhile.</summary>
    public CommandResult CollectGarbage() => ChildProcess.Run(["docker-registry", "garbage-collect", directory + "/config.yml"], new CommandOptions
    {
        Environment = new Dictionary<string, string> { ["OTEL_TRACES_EXPORTER"] = "none" },
    });

    public void Dispose()
    {
        process.Dispose();
        TestDirectory.Remove(directory);
    }

    [GeneratedRegex(@"listening on [^ ]*:(\d+)")]
    private static partial Regex Listening();
}
