using Keelson.Oci;

namespace Keelson.Distribution.Tests;

public sealed class HostsTests
{
    private readonly string directory = TestDirectory.Make("hosts");

    [Theory]
    [InlineData("docker.io", "https://registry-1.docker.io/v2/")]
    [InlineData("ghcr.io", "https://ghcr.io/v2/")]
    [InlineData("localhost:5000", "http://localhost:5000/v2/")]
    [InlineData("127.0.0.1:5000", "http://127.0.0.1:5000/v2/")]
    [InlineData("[::1]:5000", "http://[::1]:5000/v2/")]
    [InlineData("localhost.evil.test", "https://localhost.evil.test/v2/")]
    [InlineData("plain.test", "http://plain.test/v2/")]
    public void Only_loopback_and_configured_hosts_are_spoken_to_without_TLS(string registry, string url) =>
        Assert.Equal(url, new DirectHosts("plain.test").For(registry)[0].Base.ToString());

    [Fact]
    public void A_file_names_mirrors_with_all_their_settings()
    {
        Write("docker.io", """
            # mirrors of docker's registry
            server = "https://docker.io"   # the registry itself
            [host."https://mirror.test:5000"]
              capabilities = ["pull", "resolve"]
              skip_verify = true
              ca = "ca.pem"
              client = [["/etc/client.cert", "/etc/client.key"]]
              [host."https://mirror.test:5000".header]
                x-one = "1"
                x-two = ["2", "3"]
            [host."http://second.test/custom/path"]
              override_path = true
            """);
        IReadOnlyList<RegistryHost> hosts = new HostsDirectory(directory, new DirectHosts()).For("docker.io");
        Assert.Equal(["https://mirror.test:5000/v2/", "http://second.test/custom/path/", "https://docker.io/v2/"], hosts.Select(h => h.Base.ToString()));
        RegistryHost mirror = hosts[0];
        Assert.Equal((HostCapabilities.Pull | HostCapabilities.Resolve, true, true, "mirror.test:5000"), (mirror.Capabilities, mirror.SkipVerify, mirror.IsMirror, mirror.CredentialName));
        Assert.Equal([directory + "/docker.io/ca.pem"], mirror.AuthorityFiles);
        Assert.Equal([("/etc/client.cert", "/etc/client.key")], mirror.ClientCertificates);
        Assert.Equal(["x-one=1", "x-two=2", "x-two=3"], mirror.Headers.Select(h => h.Key + "=" + h.Value));
    }

    [Theory]
    [InlineData("a.test:5000", "a.test:5000")]
    [InlineData("a.test_5000_", "a.test:5000")]
    [InlineData("_default", "anything.test")]
    public void The_folder_of_a_registry_is_found(string folder, string registry)
    {
        Write(folder, "[host.\"https://mirror.test\"]\n");
        Assert.Equal("https://mirror.test/v2/", new HostsDirectory(directory, new DirectHosts()).For(registry)[0].Base.ToString());
    }

    [Theory]
    [InlineData("server = ", "line 1")]
    [InlineData("\n\nx = \"a", "line 3")]
    [InlineData("x = 1\nx = 2", "twice")]
    [InlineData("server = 5", "server is not a string")]
    [InlineData("[host.\"ftp://x\"]\n", "http or https")]
    [InlineData("[host.\"https://x\"]\ncapabilities = [\"fly\"]", "'fly'")]
    [InlineData("[[host]]", "line 1: host is not a table")]
    public void A_wrong_file_is_refused_with_the_place(string text, string problem)
    {
        Write("a.test", text);
        KeelsonException e = Assert.Throws<KeelsonException>(() => new HostsDirectory(directory, new DirectHosts()).For("a.test"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_name_cannot_lead_out_of_the_directory() =>
        Assert.Throws<KeelsonException>(() => new HostsDirectory(directory, new DirectHosts()).For("../../etc"));

    [Fact]
    public async Task A_mirror_serves_first_and_the_registry_what_the_mirror_lacks_or_gets_wrong()
    {
        TestImage image = TestImage.Make(50_000, 60_000);
        await using ImageServer upstream = new(image);
        await using ImageServer mirror = new(image);
        mirror.Fault = async (request, peer, _) =>
        {
            if (mirror.IsLayer(request, 0)) await peer.AnswerAsync(404);
            else if (mirror.IsLayer(request, 1)) await peer.AnswerAsync(200, new byte[image.Layers[1].Length]);
            else return false;
            return true;
        };
        Write("registry.test", $"server = \"http://{upstream.Name}\"\n[host.\"http://{mirror.Name}\"]\ncapabilities = [\"pull\", \"resolve\"]\n[host.\"http://{mirror.Name}\".header]\nx-mirror = \"yes\"\n");
        using RegistryClient client = new(Clients.Impatient with { Hosts = new HostsDirectory(directory, new DirectHosts()) });
        OciLayout layout = Clients.NewLayout();
        using ImagePuller puller = new(client, layout, new PullOptions { Platform = TestImage.Any });
        await puller.PullAsync(ImageReference.Parse("registry.test/app:1"));
        await image.AssertInAsync(layout);
        Assert.All(mirror.Requests, request => Assert.Equal(("yes", true), (request.Header("x-mirror"), request.Target.Contains("ns=registry.test", StringComparison.Ordinal))));
        Assert.Equal(2, upstream.Requests.Count);
        Assert.All(upstream.Requests, request => Assert.Null(request.Header("x-mirror")));
    }

    private void Write(string folder, string text)
    {
        Directory.CreateDirectory(Path.Combine(directory, folder));
        File.WriteAllText(Path.Combine(directory, folder, "hosts.toml"), text);
    }
}
