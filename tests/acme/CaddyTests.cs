using System.Globalization;

namespace Keelson.Acme.Tests;

/// <summary>Another authority that others wrote: the one of caddy, which asks at the ports that all authorities ask at. So it has a network of its own.</summary>
public sealed class CaddyTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly string folder = TestDirectory.Make("caddy");

    private string Root => folder + "/caddy/pki/authorities/local/root.crt";

    public void Dispose() => TestDirectory.Remove(folder);

    [RootTheory]
    [InlineData("tls-alpn-01", "")]
    [InlineData("http-01", "http01addr = \":80\"")]
    public void Caddy_gives_certificates_for_names_that_it_finds_here(string type, string more)
    {
        Programs.Need("caddy", "openssl", "curl", "unshare", "nsenter", "ip");
        using ChildProcess network = ChildProcess.Start(["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"]);
        Condition.Await("a network", () => network.Stdout.Contains("up", StringComparison.Ordinal));
        string[] inside = ["nsenter", string.Create(CultureInfo.InvariantCulture, $"--net=/proc/{network.Pid}/ns/net")];
        File.WriteAllText(folder + "/Caddyfile", $$"""
            {
              admin off
              auto_https disable_redirects
              skip_install_trust
              storage file_system {{folder}}/caddy
              http_port 8880
              https_port 9443
            }
            https://localhost:9443 {
              tls internal
              acme_server
            }
            """);
        Dictionary<string, string> environment = new() { ["HOME"] = folder, ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" };
        using ChildProcess caddy = ChildProcess.Start([.. inside, "caddy", "run", "--config", folder + "/Caddyfile", "--adapter", "caddyfile"], new CommandOptions { Environment = environment });
        const string Directory = "https://localhost:9443/acme/local/directory";
        CommandResult Curl(string address) => ChildProcess.Run([.. inside, "curl", "-s", "-S", "-m", "10", "--cacert", Root, address]);
        Condition.Await("caddy", () => caddy.HasEnded ? throw new InvalidOperationException(caddy.Stderr) : File.Exists(Root) && Curl(Directory).ExitCode == 0, Limit);
        File.WriteAllText(folder + "/registry.toml", $"""
            [http]
            addr = ":443"
            [http.tls.letsencrypt]
            cachefile = "{folder}/cache"
            hosts = ["localhost"]
            directoryurl = "{Directory}"
            directoryca = "{Root}"
            {more}
            [storage.inmemory]
            """);
        using ChildProcess registry = ChildProcess.Start([.. inside, Repository.PublishedDaemon, "registry", "serve", "--config", folder + "/registry.toml"], new CommandOptions { Environment = environment });
        Condition.Await("a certificate", () => registry.HasEnded ? throw new InvalidOperationException(registry.Stderr) : registry.Stderr.Contains("renewed about", StringComparison.Ordinal), Limit);
        Assert.Contains("with " + type, registry.Stderr, StringComparison.Ordinal);
        Assert.Equal("{}", Curl("https://localhost/v2/").Stdout);
        CommandResult seen = ChildProcess.Run([.. inside, "openssl", "s_client", "-connect", "localhost:443", "-servername", "localhost", "-verify_hostname", "localhost", "-CAfile", Root, "-no-CApath", "-verify_return_error"]);
        Assert.True(seen.ExitCode == 0, seen.Stdout + seen.Stderr);
    }
}
