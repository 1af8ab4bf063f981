using Keelson.DockerApi.Tests.Authorization;

namespace Keelson.DockerApi.Tests.Access;

/// <summary>A daemon with several sockets, an audit log and a plug-in that is asked.</summary>
public sealed class GuardedDaemon : DaemonWithClients
{
    /// <summary>A port of the loopback device that is nobody else's.</summary>
    private static readonly int Port = 20_000 + Environment.ProcessId % 10_000;

    private static readonly Lazy<PluginProcess> Guard = new(() => new("guard"));
    private static TestAuthority? authority, strangers;

    public GuardedDaemon() : base(isNetworked: false, Config)
    {
    }

    internal PluginProcess Plugin { get; } = Guard.Value;

    public string ReadOnly => $"unix://{Folder}/state/ro.sock";

    public string Team => $"unix://{Folder}/state/team.sock";

    public string Tcp => $"tcp://127.0.0.1:{Port}";

    public string AuditFile => Folder + "/audit.jsonl";

    /// <summary>Options of docker's clients for TLS with a certificate of a client.</summary>
    /// <param name="name">Whom it is for.</param>
    /// <param name="isStranger">Whether an authority signed it that the daemon does not know.</param>
    public string[] Tls(string name, bool isStranger = false)
    {
        (string certificate, string key) = (isStranger ? strangers! : authority!).Issue(name, "CN=" + name, isClient: true);
        return ["--tlsverify", "--tlscacert", authority!.CertificateFile, "--tlscert", certificate, "--tlskey", key];
    }

    protected override void Dispose(bool disposing)
    {
        Plugin.Rule("{}");
        base.Dispose(disposing);
        Plugin.Dispose();
        authority?.Dispose();
        strangers?.Dispose();
    }

    private static string Config(string folder)
    {
        authority = new(Directory.CreateDirectory(folder + "/pki").FullName);
        strangers = new(Directory.CreateDirectory(folder + "/strangers").FullName, "strangers");
        (string certificate, string key) = authority.Issue("server", "CN=server");
        return $"""
            version = 2
            [docker]
            audit = "{folder}/audit.jsonl"
            authorization_plugins = ["guard"]
            authorization_plugin_folder = "{Guard.Value.Sockets}"
            tcp = "127.0.0.1:{Port}"
            tls_cert = "{certificate}"
            tls_key = "{key}"
            tls_client_ca = "{authority.CertificateFile}"
            [[docker.sockets]]
            address = "{folder}/state/ro.sock"
            rights = "read-only"
            mode = "0666"
            [[docker.sockets]]
            address = "{folder}/state/team.sock"
            label = "team=a"
            """;
    }
}
