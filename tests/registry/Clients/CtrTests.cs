using Keelson.Distribution;
using Keelson.Distribution.Tests;
using Host = Keelson.Distribution.Tests.Clients;

namespace Keelson.Registry.Tests.Clients;

/// <summary>ctr, and with it containerd's resolver.</summary>
public abstract class CtrTests(IRegistryUnderTest registry, ContainerdOfTests containerd) : ClientTest(registry, "ctr", "containerd", "skopeo")
{
    [RootFact]
    public async Task An_image_is_pulled_pushed_elsewhere_and_pushed_again()
    {
        TestImage image = TestImage.Make(isGzip: true, 2_000_000, 1_000);
        OciLayout layout = Host.NewLayout();
        await image.StoreAsync(layout, "1");
        Skopeo.Copy($"oci:{layout.Root}:1", Place("1"));
        string elsewhere = $"{Registry.Name}/{Repository}/copy:1";

        containerd.Ctr("images", "pull", "--plain-http", "--snapshotter", "native", Image("1")).Succeeds();
        containerd.Ctr("images", "tag", Image("1"), elsewhere).Succeeds();
        containerd.Ctr("images", "push", "--plain-http", elsewhere).Succeeds();
        containerd.Ctr("images", "push", "--plain-http", elsewhere).Succeeds();

        string digest = image.Target.Digest.ToString();
        Assert.Contains(digest, containerd.Ctr("images", "ls", "name==" + Image("1")).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal(digest, Skopeo.DigestOf("docker://" + elsewhere));
        Skopeo.Copy("docker://" + elsewhere, $"oci:{Folder}/back:1");
        await image.AssertInAsync(OciLayout.Open(Folder + "/back"));
        containerd.Ctr("images", "rm", Image("1"), elsewhere).Succeeds();
    }

    [RootFact]
    public void What_is_not_there_is_not_found()
    {
        containerd.Ctr("images", "pull", "--plain-http", "--snapshotter", "native", Image("none")).Fails("not found");
    }
}
