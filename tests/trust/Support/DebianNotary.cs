namespace Keelson.Trust.Tests.Support;

/// <summary>Debian's notary-server and notary-signer on the loopback interface, in memory.</summary>
public sealed class DebianNotary : IDisposable
{
    private readonly string directory = TestDirectory.Make("notary");
    private readonly ChildProcess signer, server;

    public DebianNotary()
    {
        using (TestAuthority authority = new(directory)) authority.Issue("server", "CN=localhost");
        int signerPort = LoopbackPort.Free(), serverPort = LoopbackPort.Free();
        string tls = $"\"tls_key_file\":\"{directory}/server.key\",\"tls_cert_file\":\"{directory}/server.pem\"";
        const string Memory = "\"storage\":{\"backend\":\"memory\"},\"logging\":{\"level\":\"error\"}";
        File.WriteAllText(directory + "/signer.json", $"{{\"server\":{{\"grpc_addr\":\"127.0.0.1:{signerPort}\",{tls}}},{Memory}}}");
        File.WriteAllText(directory + "/server.json", $"{{\"server\":{{\"http_addr\":\"127.0.0.1:{serverPort}\",{tls}}},\"trust_service\":{{\"type\":\"remote\",\"hostname\":\"localhost\",\"port\":\"{signerPort}\",\"tls_ca_file\":\"{AuthorityFile}\",\"key_algorithm\":\"ecdsa\"}},{Memory}}}");
        signer = ChildProcess.Start(["notary-signer", "-config", directory + "/signer.json"], new() { Environment = new Dictionary<string, string> { ["NOTARY_SIGNER_DEFAULT_ALIAS"] = "k1", ["NOTARY_SIGNER_K1"] = "passphrase" } });
        Await("notary-signer", signer, signerPort);
        server = ChildProcess.Start(["notary-server", "-config", directory + "/server.json"]);
        Await("notary-server", server, serverPort);
        Host = $"localhost:{serverPort}";
    }

    /// <summary>Host and port.</summary>
    public string Host { get; }

    public Uri Address => new("https://" + Host);

    public string AuthorityFile => directory + "/ca.pem";

    public void Dispose()
    {
        server.Dispose();
        signer.Dispose();
        TestDirectory.Remove(directory);
    }

    private static void Await(string name, ChildProcess process, int port)
    {
        Condition.Await($"{name} to listen", () => process.HasEnded || LoopbackPort.Accepts(port));
        if (process.HasEnded) throw new InvalidOperationException($"{name} did not start: " + process.Stderr);
    }
}
