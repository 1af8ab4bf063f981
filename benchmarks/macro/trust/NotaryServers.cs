using System.Globalization;
using System.Net;

namespace Keelson.Bench.Trust;

/// <summary>The servers: Debian's with its signer, both in memory; ours with collections and keys in files of SQLite, by its own signer and by itself.</summary>
internal sealed class NotaryServers : IDisposable
{
    private readonly string folder, keelsond;
    private readonly Spawner spawner;
    private readonly Dictionary<string, (int[] Pids, int Port)> running = [];

    public NotaryServers(string folder, Spawner spawner, string keelsond)
    {
        (this.folder, this.spawner, this.keelsond) = (folder, spawner, keelsond);
        // One certificate for all: a server's, a client's, and who is believed.
        if (spawner.Run(new(["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])).Failures != 0) throw new InvalidOperationException("make a certificate: " + spawner.TakeOutput());
        try
        {
            foreach (string name in Names) Start(name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static IReadOnlyList<string> Names { get; } = ["notary-server", "keelson", "keelson alone"];

    public string Certificate => folder + "/cert.pem";

    public string Folder => folder;

    /// <summary>Where a server is.</summary>
    public string AddressOf(string name) => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{running[name].Port}");

    /// <summary>CPU time so far of a server and its signer, in milliseconds.</summary>
    public double CpuMilliseconds(string name) => running[name].Pids.Sum(pid => 10.0 * File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[11..13].Sum(word => long.Parse(word, CultureInfo.InvariantCulture)));

    /// <summary>Memory of a server and its signer, in MiB.</summary>
    public double Proportional(string name) => running[name].Pids.Sum(pid =>
        long.Parse(File.ReadLines($"/proc/{pid}/smaps_rollup").First(text => text.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0);

    public void Dispose()
    {
        foreach (int pid in running.Values.SelectMany(server => server.Pids))
        {
            _ = Native.kill(pid, 15);
            Spawner.WaitFor(pid);
        }
        running.Clear();
    }

    private void Start(string name)
    {
        List<int> pids = [];
        int port = Loopback.FreePort(), signerPort = 0;
        bool isOurs = name != "notary-server";
        string at = $"{folder}/{name.Replace(' ', '-')}", tls = $"\"tls_cert_file\": \"{Certificate}\", \"tls_key_file\": \"{folder}/key.pem\"";
        string Store(string file) => isOurs ? $$"""{"backend": "sqlite3", "db_url": "{{at}}-{{file}}.db"}""" : """{"backend": "memory"}""";
        try
        {
            if (name != "keelson alone")
            {
                signerPort = Loopback.FreePort();
                File.WriteAllText(at + "-signer.json", $$"""{"server": {"grpc_addr": "127.0.0.1:{{signerPort}}", {{tls}}, "client_ca_file": "{{Certificate}}"}, "logging": {"level": "error"}, "storage": {{Store("signer")}} }""");
                pids.Add(Begin(isOurs, "signer", at + "-signer.json", signerPort));
            }
            string trust = signerPort == 0 ? """{"type": "local", "key_algorithm": "ecdsa"}"""
                : $$"""{"type": "remote", "hostname": "localhost", "port": "{{signerPort}}", "tls_ca_file": "{{Certificate}}", "tls_client_cert": "{{Certificate}}", "tls_client_key": "{{folder}}/key.pem", "key_algorithm": "ecdsa"}""";
            File.WriteAllText(at + "-server.json", $$"""{"server": {"http_addr": "127.0.0.1:{{port}}", {{tls}} }, "trust_service": {{trust}}, "logging": {"level": "error"}, "storage": {{Store("server")}} }""");
            pids.Add(Begin(isOurs, "server", at + "-server.json", port));
        }
        finally
        {
            running[name] = ([.. pids], port);
        }
    }

    private int Begin(bool isOurs, string role, string config, int port)
    {
        int pid = spawner.Start(new(["/usr/bin/env", "NOTARY_SIGNER_DEFAULT_ALIAS=one", "NOTARY_SIGNER_ONE=passphrase", .. isOurs ? (string[])[keelsond, "notary", role, "--config", config] : ["/usr/bin/notary-" + role, "-config", config]]));
        Wait.Until($"{role} of {config}: {spawner.TakeOutput()}", () => Loopback.Accepts(new(IPAddress.Loopback, port)), 10_000);
        return pid;
    }
}
