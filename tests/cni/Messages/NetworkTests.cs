using System.Text;
using Keelson.Cni.Client;

namespace Keelson.Cni.Tests.Messages;

/// <summary>Networks as they are described, and what plug-ins are told of them.</summary>
public sealed class NetworkTests
{
    private static CniNetwork Read(string text) => CniNetwork.Read(Encoding.UTF8.GetBytes(text));

    [Fact, Spec("CNI 1.1", "Deriving execution configuration from plugin configuration")]
    public void A_plug_in_is_told_its_configuration_with_name_version_wishes_that_it_takes_and_the_result_before_it()
    {
        CniNetwork network = Read("""{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a","x":{"y":[1]}},{"type":"b","capabilities":{"mac":true,"ips":false},"runtimeConfig":{"forged":1},"prevResult":{}}]}""");
        CniAttachment end = new() { ContainerId = "c", Namespace = "/n", Device = "eth0", Capabilities = new Dictionary<string, string> { ["mac"] = "\"02:00:00:00:00:01\"", ["ips"] = "[]" } };
        Assert.Equal("""{"cniVersion":"1.0.0","name":"n","type":"a","x":{"y":[1]}}""", Text(network, 0, end, ""));
        Assert.Equal("""{"cniVersion":"1.0.0","name":"n","type":"b","runtimeConfig":{"mac":"02:00:00:00:00:01"},"prevResult":{"odd":[1]}}""", Text(network, 1, end, """{"odd":[1]}"""));
        Assert.Equal((true, false), (network.Has("mac"), network.Has("ips")));

        static string Text(CniNetwork network, int i, CniAttachment end, string before) => Encoding.UTF8.GetString(CniClient.InputOf(network, network.Plugins[i], end, Encoding.UTF8.GetBytes(before)).Span);
    }

    [Fact]
    public void Of_several_versions_the_newest_that_is_spoken_is_taken_and_one_plug_in_is_a_list_of_one()
    {
        Assert.Equal("1.1.0", Read("""{"cniVersion":"0.4.0","cniVersions":["1.0.0","1.1.0","9.0.0"],"name":"n","plugins":[{"type":"a"}]}""").Version);
        CniNetwork single = Read("""{"cniVersion":"0.3.1","name":"n","type":"a"}""");
        Assert.Equal(("0.3.1", "a"), (single.Version, Assert.Single(single.Plugins).Type));
    }

    [Theory]
    [InlineData("""{"cniVersion":"1.0.0","name":"../x","plugins":[{"type":"a"}]}""", CniErrorCode.InvalidConfiguration)]
    [InlineData("""{"cniVersion":"1.0.0","name":"a/b","plugins":[{"type":"a"}]}""", CniErrorCode.InvalidConfiguration)]
    [InlineData("""{"cniVersion":"1.0.0","plugins":[{"type":"a"}]}""", CniErrorCode.InvalidConfiguration)]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[]}""", CniErrorCode.InvalidConfiguration)]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"../sh"}]}""", CniErrorCode.InvalidConfiguration)]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[{"type":".."}]}""", CniErrorCode.InvalidConfiguration)]
    [InlineData("""{"cniVersion":"2.0.0","name":"n","plugins":[{"type":"a"}]}""", CniErrorCode.IncompatibleVersion)]
    [InlineData("""{"name":"n","plugins":[{"type":"a"}]}""", CniErrorCode.IncompatibleVersion)]
    [InlineData("""{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"a","capabilities":[]}]}""", CniErrorCode.CannotDecode)]
    [InlineData("{", CniErrorCode.CannotDecode)]
    public void What_is_no_network_is_refused(string text, CniErrorCode code) => Assert.Equal(code, Assert.Throws<CniException>(() => Read(text)).Code);

    [Fact]
    public void Programs_and_networks_are_found_in_their_folders_and_nowhere_else()
    {
        string folder = TestDirectory.Make("found");
        foreach (string part in (string[])["a", "b", "net.d"]) Directory.CreateDirectory($"{folder}/{part}");
        File.WriteAllText(folder + "/b/own", "");
        File.WriteAllText(folder + "/secret", "");
        File.WriteAllText(folder + "/net.d/10-bad.conf", "{");
        File.WriteAllText(folder + "/net.d/20-web.conflist", """{"cniVersion":"1.0.0","name":"web","plugins":[{"type":"own"}]}""");
        CniDirectories directories = new([folder + "/absent", folder + "/net.d"], [folder + "/a", folder + "/b"]);
        Assert.Equal(folder + "/b/own", directories.FindProgram("own"));
        foreach (string type in (string[])["../secret", "absent", ".", ""]) Assert.Equal(CniErrorCode.InvalidConfiguration, Assert.Throws<CniException>(() => directories.FindProgram(type)).Code);
        Assert.Equal("web", directories.FindNetwork("web").Name);
        Assert.Equal("web", directories.FindNetwork(folder + "/net.d/20-web.conflist").Name);
        KeelsonException absent = Assert.Throws<KeelsonException>(() => directories.FindNetwork("other"));
        Assert.Equal(ErrorKind.NotFound, absent.Kind);
        // A damaged file may be the one that is looked for.
        Assert.Contains("10-bad.conf", absent.Message, StringComparison.Ordinal);
        Assert.Equal(CniErrorCode.InvalidConfiguration, Assert.Throws<CniException>(() => directories.FindNetwork("../net.d/20-web.conflist")).Code);
        TestDirectory.Remove(folder);
    }
}
