using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Keelson.Docker;
using Keelson.DockerApi.Containers;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Engine.Containers;
using ContainerStatus = Keelson.Engine.Containers.ContainerStatus;
using EmptyObject = Keelson.Oci.EmptyObject;

namespace Keelson.DockerApi.Tests;

/// <summary>The list of containers: what each line says, and what making it costs.</summary>
public class ContainerListTests
{
    [Theory]
    [InlineData("?all=1")]
    [InlineData("?all=1&size=1")]
    public async Task A_line_is_the_message_with_every_field(string query)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        AddVaried(server.Containers);
        (_, string body) = await server.CallAsync("GET", "containers/json" + query);
        ContainerSummary[] lines = JsonSerializer.Deserialize(body, DockerJson.Default.ContainerSummaryArray)!;
        Assert.Equal(JsonSerializer.Serialize(lines, DockerJson.Default.ContainerSummaryArray), body);
        Assert.Equal(["/plain", "/joined", "/host", "/odd"], lines.Select(line => line.Names!.Single()));
        (ContainerSummary odd, ContainerSummary host, ContainerSummary joined, ContainerSummary plain) = (lines[3], lines[2], lines[1], lines[0]);
        Assert.Equal("sh -c 'echo <\"ü\">'  tail", odd.Command);
        Assert.Equal([(80, "tcp"), (53, "udp")], odd.Ports!.Select(port => ((int)port.PrivatePort, port.Type)));
        Assert.Equal([("a\"b", "<ü>\n"), ("k", "")], odd.Labels!.Select(label => (label.Key, label.Value)));
        Assert.Equal(["volume:data:/data:local:z:True", "bind::/etc:::False", "tmpfs::/tmp:::True"], odd.Mounts!.Select(m => $"{m.Type}:{m.Name}:{m.Destination}:{m.Driver}:{m.Mode}:{m.RW}"));
        Assert.Equal(("host", "none"), (host.HostConfig.NetworkMode, plain.HostConfig.NetworkMode));
        Assert.Equal(("exited", "created"), (host.State, plain.State));
        Assert.Empty(joined.NetworkSettings!.Networks!);
        Assert.Equal("", plain.NetworkSettings!.Networks!["none"].EndpointID);
        Assert.Equal(query.Contains("size", StringComparison.Ordinal) ? (5, 1005) : (0, 0), (plain.SizeRw, plain.SizeRootFs));
    }

    [Fact]
    public async Task A_running_container_has_the_endpoint_that_its_inspection_names()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("one");
        server.Containers.Add("two");
        JsonElement list = await server.GetAsync("containers/json");
        foreach (JsonElement line in list.EnumerateArray())
        {
            JsonElement inspected = await server.GetAsync($"containers/{line.GetProperty("Id").GetString()}/json");
            Assert.Equal(inspected.GetProperty("NetworkSettings").GetProperty("Networks").GetRawText(), line.GetProperty("NetworkSettings").GetProperty("Networks").GetRawText());
        }
    }

    [Fact]
    public async Task A_short_list_has_its_length_and_a_long_one_comes_in_chunks()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using (HttpResponseMessage response = await server.SendAsync("GET", "containers/json"))
        {
            Assert.Equal("[]\n", await response.Content.ReadAsStringAsync());
            Assert.Equal(3, response.Content.Headers.ContentLength);
        }
        for (int i = 0; i < 1000; i++) server.Containers.Add($"c{i}");
        using HttpResponseMessage many = await server.SendAsync("GET", "containers/json");
        Assert.True(many.Headers.TransferEncodingChunked);
        string body = await many.Content.ReadAsStringAsync();
        Assert.EndsWith("]\n", body, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"/c{999 - i}"), JsonDocument.Parse(body).RootElement.EnumerateArray().Select(line => line.GetProperty("Names")[0].GetString()));
    }

    [Fact]
    public async Task A_row_that_is_longer_than_a_piece_is_whole()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        string value = new('v', 300_000);
        server.Containers.Add("long", change: info => info with { Settings = info.Settings with { Labels = new Dictionary<string, string> { ["l"] = value } } });
        server.Containers.Add("short");
        JsonElement list = await server.GetAsync("containers/json");
        Assert.Equal(["/short", "/long"], list.EnumerateArray().Select(line => line.GetProperty("Names")[0].GetString()));
        Assert.Equal(value, list[1].GetProperty("Labels").GetProperty("l").GetString());
    }

    /// <summary>Memory is counted, not time: what was 1.9 KB a line (and as much again for the serializer's text) is a text or two, of the name and the time.</summary>
    [Fact]
    public async Task A_thousand_lines_are_written_without_objects()
    {
        FakeContainers containers = new();
        for (int i = 0; i < 1000; i++) containers.Add(string.Create(CultureInfo.InvariantCulture, $"c{i}"), ContainerStatus.Exited, info => info with { Settings = info.Settings with { Cmd = ["true"] } });
        DockerApiServices services = new() { Containers = containers, Images = new FakeImages(), Snapshots = new FakeSnapshots(), Info = new("0.1.0", "abc", "11111111-2222-3333-4444-555555555555", "/root") };
        ContainerSummaries summaries = await ContainerSummaries.BeginAsync(services, default);
        IReadOnlyList<ContainerInfo> list = containers.List();
        ArrayBufferWriter<byte> utf8 = new(2 << 20);
        using Utf8JsonWriter json = new(utf8, new() { SkipValidation = true });
        summaries.Write(json, list[0], null);
        long before = GC.GetAllocatedBytesForCurrentThread();
        json.WriteStartArray();
        foreach (ContainerInfo container in list) summaries.Write(json, container, null);
        json.WriteEndArray();
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < 1000 * 300, $"{bytes} bytes");
    }

    private static void AddVaried(FakeContainers containers)
    {
        containers.Add("odd", change: info => info with
        {
            Settings = info.Settings with
            {
                Entrypoint = ["sh"],
                Cmd = ["-c", "echo <\"ü\">", "", "tail"],
                Labels = new Dictionary<string, string> { ["a\"b"] = "<ü>\n", ["k"] = "" },
                ExposedPorts = new Dictionary<string, EmptyObject> { ["80/tcp"] = new(), ["53/udp"] = new(), ["x"] = new() },
            },
            Mounts = [new("volume", "data", "/v", "/data", "local", "z"), new("bind", "", "/etc", "/etc", IsWritable: false, Propagation: "rprivate"), new("tmpfs", "", "", "/tmp")],
        });
        containers.Add("host", ContainerStatus.Exited, info => info with { Host = new() { NetworkMode = "host" } });
        containers.Add("joined", change: info => info with { Host = new() { NetworkMode = "container:abc" }, ImageId = "sha256:" + new string('b', 64) });
        containers.Add("plain", ContainerStatus.Created, info => info with { Settings = info.Settings with { Entrypoint = null, Cmd = ["true"], Labels = null } });
    }
}
