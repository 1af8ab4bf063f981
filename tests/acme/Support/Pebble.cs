using System.Globalization;
using System.Text.Json;
using Keelson.Registry.Tests.Daemon;

namespace Keelson.Acme.Tests;

/// <summary>How pebble behaves.</summary>
internal sealed record PebbleOptions
{
    /// <summary>How much of the good nonces it refuses, in percent.</summary>
    public int NonceRejects { get; init; }

    /// <summary>Life of a certificate, in seconds.</summary>
    public int LifeSeconds { get; init; } = 86400;

    /// <summary>Key of the external account <c>customer-1</c> that it wants; <see langword="null"/>: it wants none.</summary>
    public string? ExternalKey { get; init; }

    /// <summary>Domains that it gives no certificates for.</summary>
    public string[] Blocked { get; init; } = [];

    /// <summary>Seconds that it lets pass before it looks at a challenge, at most; 0: none.</summary>
    public int SleepSeconds { get; init; }
}

/// <summary>Let's Encrypt's test server, with names that all lead to 127.0.0.1. It forgets all when it ends.</summary>
internal sealed class Pebble : IDisposable
{
    private readonly ChildProcess names, process;
    private readonly string folder;
    private readonly int management;

    /// <summary>Starts it.</summary>
    /// <param name="folder">A directory of the test's.</param>
    /// <param name="tlsPort">Where it asks for <c>tls-alpn-01</c>.</param>
    /// <param name="httpPort">Where it asks for <c>http-01</c>.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="port">Where it listens; 0: anywhere.</param>
    public Pebble(string folder, int tlsPort, int httpPort, PebbleOptions? options = null, int port = 0)
    {
        Programs.Need("pebble", "pebble-challtestsrv", "curl");
        options ??= new();
        this.folder = folder;
        (Port, management) = (port == 0 ? Ports.Free() : port, Ports.Free());
        string dns = At(Ports.Free());
        using TestAuthority authority = new(Directory.CreateDirectory($"{folder}/pebble-{Port}-{management}").FullName);
        (string certificate, string key) = authority.Issue("pebble", "CN=pebble");
        DirectoryAuthority = authority.CertificateFile;
        Dictionary<string, object> settings = new()
        {
            ["listenAddress"] = At(Port), ["managementListenAddress"] = At(management), ["certificate"] = certificate, ["privateKey"] = key, ["httpPort"] = httpPort, ["tlsPort"] = tlsPort, ["ocspResponderURL"] = "",
            ["externalAccountBindingRequired"] = options.ExternalKey is not null, ["externalAccountMACKeys"] = options.ExternalKey is { } external ? new Dictionary<string, string> { ["customer-1"] = external } : [],
            ["domainBlocklist"] = options.Blocked, ["certificateValidityPeriod"] = options.LifeSeconds,
        };
        string file = $"{folder}/pebble-{Port}-{management}/config.json";
        File.WriteAllText(file, JsonSerializer.Serialize(new { pebble = settings }));
        names = ChildProcess.Start(["pebble-challtestsrv", "-dns01", dns, "-http01", "", "-https01", "", "-tlsalpn01", "", "-management", At(Ports.Free()), "-defaultIPv6", ""]);
        Dictionary<string, string> environment = new()
        {
            ["PEBBLE_WFE_NONCEREJECT"] = options.NonceRejects.ToString(CultureInfo.InvariantCulture), ["PEBBLE_AUTHZREUSE"] = "0", ["PEBBLE_VA_ALWAYS_VALID"] = "0",
            [options.SleepSeconds == 0 ? "PEBBLE_VA_NOSLEEP" : "PEBBLE_VA_SLEEPTIME"] = Math.Max(options.SleepSeconds, 1).ToString(CultureInfo.InvariantCulture),
        };
        process = ChildProcess.Start(["pebble", "-strict", "-config", file, "-dnsserver", dns], new CommandOptions { Environment = environment });
        Condition.Await("pebble", () => process.HasEnded ? throw new InvalidOperationException("pebble did not start: " + Log) : Curl.Get("--cacert", DirectoryAuthority, Url).Status == 200, TimeSpan.FromMinutes(1));
        Condition.Await("its names", () => names.HasEnded ? throw new InvalidOperationException("pebble-challtestsrv did not start: " + names.Stdout + names.Stderr) : names.Stdout.Contains("DNS", StringComparison.Ordinal) || names.Stderr.Contains("DNS", StringComparison.Ordinal));
    }

    public int Port { get; }

    public string Url => $"https://{At(Port)}/dir";

    /// <summary>File of the root that its own server has.</summary>
    public string DirectoryAuthority { get; }

    public string Log => process.Stdout + process.Stderr;

    /// <summary>How many orders it has had.</summary>
    public int Orders => Log.Split("Added order").Length - 1;

    /// <summary>File of the root of the certificates that it gives.</summary>
    public string Root()
    {
        string file = $"{folder}/root-{management}.pem";
        File.WriteAllText(file, Curl.Get("--cacert", DirectoryAuthority, $"https://{At(management)}/roots/0").Body);
        return file;
    }

    public void Dispose()
    {
        process.Dispose();
        names.Dispose();
    }

    private static string At(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
}
