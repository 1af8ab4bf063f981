namespace Keelson.Registry.Tests.Clients;

/// <summary>umoci, which makes images of layers and unpacks them; skopeo carries them.</summary>
public abstract class UmociTests(IRegistryUnderTest registry) : ClientTest(registry, "umoci", "skopeo")
{
    [Fact]
    public void An_image_of_layers_goes_there_and_is_unpacked_from_what_comes_back()
    {
        Umoci("init", "--layout", Folder + "/there");
        Umoci("new", "--image", Folder + "/there:1");
        foreach (string name in (string[])["a", "b"])
        {
            File.WriteAllText($"{Folder}/{name}", "content of " + name);
            Umoci("insert", "--rootless", "--image", Folder + "/there:1", $"{Folder}/{name}", "/data/" + name);
        }
        Umoci("config", "--image", Folder + "/there:1", "--config.cmd", "true", "--author", "somebody");
        Skopeo.Copy($"oci:{Folder}/there:1", Place("1"));
        Skopeo.Copy(Place("1"), $"oci:{Folder}/back:1");
        Umoci("unpack", "--rootless", "--image", Folder + "/back:1", Folder + "/bundle");

        Assert.Equal(Skopeo.DigestOf($"oci:{Folder}/there:1"), Skopeo.DigestOf($"oci:{Folder}/back:1"));
        Assert.Equal(Umoci("stat", "--image", Folder + "/there:1"), Umoci("stat", "--image", Folder + "/back:1"));
        foreach (string name in (string[])["a", "b"]) Assert.Equal("content of " + name, File.ReadAllText($"{Folder}/bundle/rootfs/data/{name}"));
    }

    private string Umoci(params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["umoci", .. arguments], new() { Environment = new Dictionary<string, string> { ["HOME"] = Folder } }).Succeeds().Stdout;
}
