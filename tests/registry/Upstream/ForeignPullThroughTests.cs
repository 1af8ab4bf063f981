using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.Auth;
using Keelson.Registry.Upstream;
using Host = Keelson.Distribution.Tests.Clients;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Clients of others pull through ours from Debian's docker-registry, and each blob leaves that one once.</summary>
public sealed class ForeignPullThroughTests(ContainerdOfTests containerd) : IAsyncLifetime, IClassFixture<ContainerdOfTests>
{
    private readonly string folder = TestDirectory.Make("through");
    private readonly TestImage image = TestImage.Make(isGzip: true, 2_000_000, 1_000);
    private readonly List<IAsyncDisposable> made = [];
    private DebianRegistry? debian;

    private string Digest => image.Target.Digest.ToString();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        made.Reverse();
        foreach (IAsyncDisposable one in made) await one.DisposeAsync();
        debian?.Dispose();
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task Skopeo_pulls_through_and_a_second_time_without_the_upstream()
    {
        Programs.Need("docker-registry", "skopeo");
        (CountingProxy proxy, KeelsonRegistry registry) = await ServeAsync("app/one", "hub/");
        Skopeo.Copy($"docker://{registry.Name}/hub/app/one:1", $"oci:{folder}/first:1");
        proxy.IsDown = true;
        Skopeo.Copy($"docker://{registry.Name}/hub/app/one@{Digest}", $"oci:{folder}/second:1");
        foreach (string copy in (string[])["first", "second"]) await image.AssertInAsync(OciLayout.Open($"{folder}/{copy}"));
        FetchedOnce(proxy);
        // An image is pushed beside it.
        proxy.IsDown = false;
        Skopeo.Copy($"oci:{folder}/first:1", $"docker://{registry.Name}/hub/app/one:own");
        Assert.Equal(Digest, Skopeo.DigestOf($"docker://{registry.Name}/hub/app/one:own"));
        Assert.Contains("\"1\"", Skopeo.Run(["list-tags", "--tls-verify=false", $"docker://{registry.Name}/hub/app/one"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skopeo_pulls_through_two_registries_of_ours()
    {
        Programs.Need("docker-registry", "skopeo");
        (CountingProxy proxy, KeelsonRegistry near) = await ServeAsync("app/one", "");
        KeelsonRegistry far = Keep(await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/far"), new RegistryOptions { Upstreams = [UpstreamTest.Impatient(new("http://" + near.Name)) with { Prefix = "far" }] }));
        Skopeo.Copy($"docker://{far.Name}/far/app/one:1", $"oci:{folder}/copy:1");
        await image.AssertInAsync(OciLayout.Open($"{folder}/copy"));
        FetchedOnce(proxy);
    }

    [RootFact]
    public async Task Podman_pulls_through()
    {
        Programs.Need("docker-registry", "skopeo", "podman");
        (CountingProxy proxy, KeelsonRegistry registry) = await ServeAsync("app/one", "hub/");
        string name = $"{registry.Name}/hub/app/one:1";
        string[] podman = ["podman", "--root", folder + "/root", "--runroot", folder + "/run", "--tmpdir", folder + "/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none"];
        CommandOptions options = new() { Environment = new Dictionary<string, string> { ["HOME"] = folder, ["XDG_RUNTIME_DIR"] = folder, ["TMPDIR"] = folder }, Limit = TimeSpan.FromSeconds(120) };
        ChildProcess.Run([.. podman, "pull", "--quiet", "--tls-verify=false", name], options).Succeeds();
        Assert.Equal(Digest, ChildProcess.Run([.. podman, "image", "inspect", "--format", "{{.Digest}}", name], options).Succeeds().Stdout.Trim());
        ChildProcess.Run([.. podman, "rmi", name], options).Succeeds();
        FetchedOnce(proxy);
    }

    [RootFact]
    public async Task Containerd_pulls_from_ours_as_a_mirror_and_says_of_which_registry()
    {
        Programs.Need("docker-registry", "skopeo", "ctr", "containerd");
        // What is of docker.io lies below hub/ here: only the query leads there.
        (CountingProxy proxy, KeelsonRegistry registry) = await ServeAsync("library/keelson-test", "hub/", "docker.io");
        Directory.CreateDirectory(folder + "/hosts/docker.io");
        await File.WriteAllTextAsync(folder + "/hosts/docker.io/hosts.toml", $"[host.\"http://{registry.Name}\"]\n  capabilities = [\"pull\", \"resolve\"]\n");
        const string Name = "docker.io/library/keelson-test:1";
        containerd.Ctr("images", "pull", "--hosts-dir", folder + "/hosts", "--snapshotter", "native", Name).Succeeds();
        Assert.Contains(Digest, containerd.Ctr("images", "ls", "name==" + Name).Succeeds().Stdout, StringComparison.Ordinal);
        containerd.Ctr("images", "rm", "--sync", Name).Succeeds();
        FetchedOnce(proxy);
        using HttpClient client = registry.Client();
        Assert.Contains("hub/library/keelson-test", await client.GetStringAsync("/v2/_catalog"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Dockers_clients_pull_through_by_name_and_from_ours_as_a_mirror()
    {
        Programs.Need("docker-registry", "skopeo", "docker", "dockerd");
        (CountingProxy proxy, KeelsonRegistry registry) = await ServeAsync("library/keelson-test", "");
        using DockerdOfTests dockerd = new() { Mirrors = ["http://" + registry.Name] };
        foreach (string docker in DockerdOfTests.Clients)
            foreach (string name in (string[])[$"{registry.Name}/library/keelson-test:1", "keelson-test:1"])
            {
                Assert.Contains(Digest, dockerd.Docker(docker, "pull", name).Succeeds().Stdout, StringComparison.Ordinal);
                dockerd.Docker(docker, "rmi", name).Succeeds();
            }
        FetchedOnce(proxy);
    }

    [Fact]
    public async Task An_upstream_with_a_token_server_is_pulled_through_by_clients_without_credentials()
    {
        Programs.Need("docker-registry", "skopeo");
        AuthApp tokens = Keep(await AuthApp.StartAsync());
        using TokenServerSetup setup = new(hasCertificate: true);
        tokens.Tokens = new(setup.Options);
        using TokenRegistry upstream = new(tokens.Url + "/token", setup.CertificateFile);
        Skopeo.Copy(await LayoutAsync(), $"docker://{upstream.Name}/team/app:1", "--dest-creds", "anna:" + TokenServerSetup.Password);
        CountingProxy proxy = Keep(await CountingProxy.StartAsync(upstream.Name));
        UpstreamOptions options = UpstreamTest.Impatient(proxy.Address) with { Credential = new() { Username = "anna", Password = TokenServerSetup.Password } };
        KeelsonRegistry registry = Keep(await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/store"), new RegistryOptions { Upstreams = [options] }));
        Skopeo.Copy($"docker://{registry.Name}/team/app:1", $"oci:{folder}/copy:1");
        await image.AssertInAsync(OciLayout.Open($"{folder}/copy"));
        Assert.All(proxy.Requests.Where(request => request.Authorization.Length > 0), request => Assert.StartsWith("Bearer ", request.Authorization, StringComparison.Ordinal));
        // Where the credential has no rights there is nothing to see.
        Skopeo.Try(["inspect", "--tls-verify=false", $"docker://{registry.Name}/other/app:1"]).Fails("name unknown");
    }

    [Fact]
    public async Task An_upstream_with_TLS_and_a_password_is_trusted_by_its_authority_and_gets_what_a_file_has()
    {
        Programs.Need("docker-registry", "skopeo", "htpasswd");
        debian = new(needsPassword: true, hasTls: true);
        Skopeo.Copy(await LayoutAsync(), $"docker://{debian.Name}/app/one:1", "--dest-creds", $"{DebianRegistry.User}:{DebianRegistry.Password}");
        string auth = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{DebianRegistry.User}:{DebianRegistry.Password}"));
        await File.WriteAllTextAsync(folder + "/config.json", "{\"auths\":{\"" + debian.Name + "\":{\"auth\":\"" + auth + "\"}}}");
        UpstreamOptions stranger = UpstreamTest.Impatient(new("https://" + debian.Name)) with { Credentials = new DockerConfigCredentials([folder + "/config.json"]) };
        RegistryOptions options = new() { Upstreams = [stranger, stranger with { Name = "trusted", Prefix = "trusted/", AuthorityFiles = [debian.AuthorityFile] }, stranger with { Name = "any", Prefix = "any/", SkipVerify = true }] };
        KeelsonRegistry registry = Keep(await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/store"), options));
        foreach (string prefix in (string[])["trusted", "any"])
        {
            Skopeo.Copy($"docker://{registry.Name}/{prefix}/app/one:1", $"oci:{folder}/{prefix}:1");
            await image.AssertInAsync(OciLayout.Open($"{folder}/{prefix}"));
        }
        using HttpClient client = registry.Client();
        Assert.Equal(System.Net.HttpStatusCode.BadGateway, await client.HeadAsync("/v2/app/one/manifests/1"));
    }

    [Fact]
    public async Task A_registry_of_Debian_is_synchronised_with_what_is_attached_by_tags()
    {
        Programs.Need("docker-registry", "skopeo");
        (CountingProxy proxy, _) = await ServeAsync("app/one", "");
        using RegistryClient client = new(Host.Impatient);
        Oci.RepositoryName name = new(debian!.Name, "app/one");
        byte[] empty = "{}"u8.ToArray();
        Oci.Descriptor config = new() { MediaType = Oci.MediaTypes.OciEmpty, Digest = Oci.Digest.Of(empty), Size = empty.Length };
        await client.PushBlobAsync(name, config, _ => new(new MemoryStream(empty)));
        await client.PushManifestAsync(name, null, Oci.MediaTypes.OciManifest, new Oci.ImageManifest { MediaType = Oci.MediaTypes.OciManifest, ArtifactType = "application/spdx+json", Config = config, Layers = [config], Subject = image.Target }.ToUtf8());
        KeelsonRegistry mirror = Keep(await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/mirror"), new RegistryOptions { Upstreams = [UpstreamTest.Impatient(proxy.Address) with { IsOnDemand = false }] }));
        SyncReport report = await mirror.Server.SynchroniseAsync(new() { Upstream = "test", Repositories = ["**"] });
        Assert.Equal(0, report.Failed);
        proxy.IsDown = true;
        Skopeo.Copy($"docker://{mirror.Name}/app/one:1", $"oci:{folder}/copy:1");
        await image.AssertInAsync(OciLayout.Open($"{folder}/copy"));
        Assert.Equal("application/spdx+json", Assert.Single(await client.ListReferrersAsync(new(mirror.Name, "app/one"), image.Target.Digest).ToListAsync()).ArtifactType);
    }

    /// <summary>Starts Debian's registry with the image, a proxy before it, and ours before that.</summary>
    private async Task<(CountingProxy Proxy, KeelsonRegistry Registry)> ServeAsync(string repository, string prefix, params IReadOnlyList<string> namespaces)
    {
        debian = new();
        Skopeo.Copy(await LayoutAsync(), $"docker://{debian.Name}/{repository}:1");
        CountingProxy proxy = Keep(await CountingProxy.StartAsync(debian.Name));
        KeelsonRegistry registry = Keep(await KeelsonRegistry.StartAsync(new FilesystemDriver(folder + "/store"), new RegistryOptions { Upstreams = [UpstreamTest.Impatient(proxy.Address) with { Prefix = prefix, Namespaces = namespaces }] }));
        return (proxy, registry);
    }

    private async Task<string> LayoutAsync()
    {
        OciLayout layout = Host.NewLayout();
        await image.StoreAsync(layout, "1");
        return $"oci:{layout.Root}:1";
    }

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        made.Add(one);
        return one;
    }

    /// <summary>Fails unless each blob of the image, and its manifest, left the upstream once.</summary>
    private void FetchedOnce(CountingProxy proxy)
    {
        foreach (byte[] blob in image.Blobs) Assert.Equal(1, proxy.Count("GET", Oci.Digest.Of(blob).ToString()));
        Assert.Equal(1, proxy.Count("GET", "/manifests/"));
    }
}
