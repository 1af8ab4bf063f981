using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Host = Keelson.Distribution.Tests.Clients;

namespace Keelson.Registry.Tests.Clients;

/// <summary>podman, with a store of its own and nothing running.</summary>
public abstract class PodmanTests(IRegistryUnderTest registry) : ClientTest(registry, "podman", "skopeo")
{
    [RootFact]
    public async Task An_image_is_pulled_pushed_elsewhere_and_pulled_from_there()
    {
        TestImage image = TestImage.Make(isGzip: true, 100_000, 1_000);
        OciLayout layout = Host.NewLayout();
        await image.StoreAsync(layout, "1");
        Skopeo.Copy($"oci:{layout.Root}:1", Place("1"));
        string elsewhere = $"{Registry.Name}/{Repository}/copy:1";

        string id = Podman("pull", "--quiet", "--tls-verify=false", Image("1")).Trim();
        Podman("tag", Image("1"), elsewhere);
        Podman("push", "--quiet", "--tls-verify=false", "--digestfile", Folder + "/digest", elsewhere);
        Assert.Equal(image.Target.Digest.ToString(), Podman("image", "inspect", "--format", "{{.Digest}}", Image("1")).Trim());
        Assert.Equal(await File.ReadAllTextAsync(Folder + "/digest"), Skopeo.DigestOf("docker://" + elsewhere));

        Podman("rmi", Image("1"), elsewhere);
        Assert.Equal(id, Podman("pull", "--quiet", "--tls-verify=false", elsewhere).Trim());
        Podman("rmi", elsewhere);
    }

    [RootFact]
    public async Task A_list_of_manifests_is_made_and_pushed()
    {
        OciLayout layout = Host.NewLayout();
        foreach (string tag in (string[])["1", "2"]) await TestImage.Make(isGzip: true, 1_000).StoreAsync(layout, tag);
        foreach (string tag in (string[])["1", "2"]) Skopeo.Copy($"oci:{layout.Root}:{tag}", Place(tag));
        Podman("manifest", "create", "all");
        Podman("manifest", "add", "--tls-verify=false", "--arch", "amd64", "all", Place("1"));
        Podman("manifest", "add", "--tls-verify=false", "--arch", "arm64", "all", Place("2"));
        Podman("manifest", "push", "--all", "--tls-verify=false", "all", Place("all"));
        string pushed = Skopeo.Run(["inspect", "--raw", "--tls-verify=false", Place("all")]);
        foreach (string tag in (string[])["1", "2"]) Assert.Contains(Skopeo.DigestOf(Place(tag)), pushed, StringComparison.Ordinal);
    }

    private string Podman(params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["podman", "--root", Folder + "/root", "--runroot", Folder + "/run", "--tmpdir", Folder + "/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none", .. arguments], new()
        {
            Environment = new Dictionary<string, string> { ["HOME"] = Folder, ["XDG_RUNTIME_DIR"] = Folder, ["TMPDIR"] = Folder },
            Limit = TimeSpan.FromSeconds(120),
        }).Succeeds().Stdout;
}
