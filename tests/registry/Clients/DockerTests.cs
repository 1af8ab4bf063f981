using System.Text.Json;
using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Keelson.Oci;
using Host = Keelson.Distribution.Tests.Clients;

namespace Keelson.Registry.Tests.Clients;

/// <summary>docker's clients of 20.10 and 28.2, over dockerd 20.10.</summary>
public abstract class DockerTests(IRegistryUnderTest registry, DockerdOfTests dockerd) : ClientTest(registry, "dockerd", "docker", "skopeo")
{
    public static TheoryData<string> Clients => [.. DockerdOfTests.Clients];

    [RootTheory, MemberData(nameof(Clients))]
    public async Task An_image_is_pushed_pulled_and_pushed_elsewhere_with_the_same_digest(string docker)
    {
        await LoadAsync(docker, Image("1"));
        string elsewhere = $"{Registry.Name}/{Repository}/copy:1";

        dockerd.Docker(docker, "push", Image("1")).Succeeds();
        string digest = Skopeo.DigestOf(Place("1"));
        dockerd.Docker(docker, "rmi", Image("1")).Succeeds();
        Assert.Contains(digest, dockerd.Docker(docker, "pull", Image("1")).Succeeds().Stdout, StringComparison.Ordinal);
        dockerd.Docker(docker, "tag", Image("1"), elsewhere).Succeeds();
        dockerd.Docker(docker, "push", elsewhere).Succeeds();
        dockerd.Docker(docker, "push", elsewhere).Succeeds();
        Assert.Equal(digest, Skopeo.DigestOf("docker://" + elsewhere));
        dockerd.Docker(docker, "rmi", Image("1"), elsewhere).Succeeds();
        dockerd.Docker(docker, "pull", $"{Registry.Name}/{Repository}@{digest}").Succeeds();
        dockerd.Docker(docker, "rmi", $"{Registry.Name}/{Repository}@{digest}").Succeeds();
    }

    [RootTheory, MemberData(nameof(Clients))]
    public void What_is_not_there_is_not_found(string docker)
    {
        dockerd.Docker(docker, "pull", Image("none")).Fails("not found");
    }

    [RootTheory, MemberData(nameof(Clients))]
    public async Task All_tags_are_pushed_and_pulled(string docker)
    {
        string[] tags = ["1", "2", "3"];
        foreach (string tag in tags) await LoadAsync(docker, Image(tag));
        dockerd.Docker(docker, "push", "--all-tags", $"{Registry.Name}/{Repository}").Succeeds();
        foreach (string tag in tags) dockerd.Docker(docker, "rmi", Image(tag)).Succeeds();
        dockerd.Docker(docker, "pull", "--all-tags", $"{Registry.Name}/{Repository}").Succeeds();
        foreach (string tag in tags) dockerd.Docker(docker, "rmi", Image(tag)).Succeeds();
    }

    [RootTheory, MemberData(nameof(Clients))]
    public async Task Docker_manifest_makes_a_list_pushes_it_and_reads_it(string docker)
    {
        string[] tags = ["1", "2"];
        foreach (string tag in tags) await LoadAsync(docker, Image(tag));
        foreach (string tag in tags) dockerd.Docker(docker, "push", Image(tag)).Succeeds();

        dockerd.Docker(docker, "manifest", "create", "--insecure", Image("all"), Image("1"), Image("2")).Succeeds();
        dockerd.Docker(docker, "manifest", "annotate", "--arch", "arm64", Image("all"), Image("2")).Succeeds();
        string digest = dockerd.Docker(docker, "manifest", "push", "--insecure", "--purge", Image("all")).Succeeds().Lines[^1];

        using JsonDocument list = JsonDocument.Parse(dockerd.Docker(docker, "manifest", "inspect", "--insecure", Image("all")).Succeeds().Stdout);
        Assert.Equal(MediaTypes.DockerIndex, list.RootElement.GetProperty("mediaType").GetString());
        Assert.Equal(tags.Select(tag => Skopeo.DigestOf(Place(tag))), list.RootElement.GetProperty("manifests").EnumerateArray().Select(manifest => manifest.GetProperty("digest").GetString()));
        Assert.Contains(digest, Skopeo.DigestOf(Place("all")), StringComparison.Ordinal);
        foreach (string tag in tags) dockerd.Docker(docker, "rmi", Image(tag)).Succeeds();
    }

    /// <summary>Gives dockerd an image of random content.</summary>
    private async Task LoadAsync(string docker, string name)
    {
        OciLayout layout = Host.NewLayout();
        await TestImage.Make(100_000, 1_000).StoreAsync(layout, "1");
        string archive = $"{Folder}/{Guid.NewGuid():N}.tar";
        Skopeo.Transform($"oci:{layout.Root}:1", $"docker-archive:{archive}:{name}");
        dockerd.Docker(docker, "load", "--input", archive).Succeeds();
    }
}
