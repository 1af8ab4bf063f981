using System.Text.RegularExpressions;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Debian's docker-registry, which trusts a token server's certificate.</summary>
internal sealed partial class TokenRegistry : IDisposable
{
    private readonly ChildProcess process;
    private readonly Folder folder = new();

    public TokenRegistry(string realm, string certificateFile)
    {
        process = ChildProcess.Start(["docker-registry", "serve", folder.Write("config.yml", $"""
            version: 0.1
            log:
              level: info
            storage:
              filesystem:
                rootdirectory: {folder.Path}/data
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:0
            auth:
              token:
                realm: {realm}
                service: {TokenServerSetup.Service}
                issuer: {TokenServerSetup.Issuer}
                rootcertbundle: {certificateFile}

            """)], new CommandOptions { Environment = new Dictionary<string, string> { ["OTEL_TRACES_EXPORTER"] = "none" } });
        Condition.Await("the registry to listen", () => process.HasEnded || Listening().IsMatch(process.Stderr));
        Match match = Listening().Match(process.Stderr);
        if (!match.Success) throw new InvalidOperationException("the registry did not start: " + process.Stderr);
        Name = "127.0.0.1:" + match.Groups[1].Value;
    }

    public string Name { get; }

    /// <summary>What it says, with a line for each request.</summary>
    public string Log => process.Stderr + process.Stdout;

    public void Dispose()
    {
        process.Dispose();
        folder.Dispose();
    }

    [GeneratedRegex(@"listening on [^ ]*:(\d+)")]
    private static partial Regex Listening();
}
