using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Distribution;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;
using ContainerStatus = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.DockerApi.Tests;

/// <summary>Operations on fakes: statuses, docker's words, fields.</summary>
public class OperationTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Ping_answers_with_the_headers_that_clients_negotiate_by(string method)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using HttpResponseMessage response = await server.SendAsync(method, "/_ping");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["1.41", "linux", "false", "Docker/0.1.0 (linux)"], ((string[])["Api-Version", "Ostype", "Docker-Experimental", "Server"]).Select(name => string.Join(' ', response.Headers.GetValues(name))));
        Assert.Equal(method == "GET" ? "OK" : "", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1.42/info", 400, "client version 1.42 is too new. Maximum supported API version is 1.41")]
    [InlineData("/v1.23/info", 400, "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version")]
    [InlineData("/v1.41/nope", 404, "page not found")]
    [InlineData("/v1.41/containers/nope/json", 404, "No such container: nope")]
    [InlineData("/v1.41/images/nope/json", 404, "no such image: nope: No such image: nope:latest")]
    [InlineData("/v1.41/images/nope/history", 404, "No such image: nope:latest")]
    [InlineData("/v1.41/exec/nope/json", 404, "No such exec instance: nope")]
    [InlineData("/v1.41/volumes/nope", 404, "get nope: no such volume")]
    [InlineData("/v1.41/networks/nope", 404, "network nope not found")]
    [InlineData("/v1.41/containers/web/logs", 400, "Bad parameters: you must choose at least one stream")]
    [InlineData("/v1.41/containers/web/archive?path=/nope", 404, "Could not find the file /nope in container web")]
    [InlineData("/v1.41/nodes", 503, "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.")]
    [InlineData("/v1.41/services/x", 503, "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.")]
    [InlineData("/v1.41/plugins/x/json", 404, "plugin \"x\" not found")]
    public async Task Errors_have_dockers_status_and_words(string path, int status, string message)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        (int seen, string body) = await server.CallAsync("GET", path);
        Assert.Equal((status, message), (seen, JsonDocument.Parse(body).RootElement.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task States_answer_204_304_and_409()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        string id = server.Containers.Add("web").Id;
        Assert.Equal((304, ""), await server.CallAsync("POST", "containers/web/start"));
        Assert.Equal((409, $$"""{"message":"You cannot remove a running container {{id}}. Stop the container before attempting removal or force remove"}"""), await server.CallAsync("DELETE", "containers/web"));
        Assert.Equal((204, ""), await server.CallAsync("POST", "containers/web/stop?t=3&signal=INT"));
        Assert.Equal("stop web 00:00:03 INT", server.Containers.Calls.Single());
        Assert.Equal((304, ""), await server.CallAsync("POST", "containers/web/stop"));
        Assert.Equal((409, $$"""{"message":"Cannot kill container: web: Container {{id}} is not running"}"""), await server.CallAsync("POST", "containers/web/kill"));
        Assert.Equal((204, ""), await server.CallAsync("POST", "containers/web/start"));
        Assert.Equal((400, """{"message":"Invalid signal: FOO"}"""), await server.CallAsync("POST", "containers/web/kill?signal=FOO"));
        Assert.Equal((204, ""), await server.CallAsync("DELETE", "containers/web?force=1"));
    }

    [Fact]
    public async Task Create_takes_the_body_apart_and_refuses_what_makes_no_sense()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("taken");
        (int status, string body) = await server.CallAsync("POST", "containers/create?name=new1", """{"image":"busybox","Cmd":"ls","hostconfig":{"Memory":7000000,"NetworkMode":"host"},"NetworkingConfig":{"EndpointsConfig":{}}}""");
        Assert.Equal(201, status);
        Assert.Contains("\"Warnings\":[]", body, StringComparison.Ordinal);
        ContainerInfo made = server.Containers.Get("new1");
        Assert.Equal(("ls", 7_000_000, "host"), (made.Settings.Cmd!.Single(), made.Host.MemoryBytes, made.Host.NetworkMode));
        Assert.Equal(404, (await server.CallAsync("POST", "containers/create", """{"Image":"nope"}""")).Status);
        Assert.Equal(409, (await server.CallAsync("POST", "containers/create?name=taken", """{"Image":"busybox"}""")).Status);
        Assert.Equal((400, """{"message":"Invalid container name (a a), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"}""".Replace("\u002b", "+", StringComparison.Ordinal)), await server.CallAsync("POST", "containers/create?name=a+a", """{"Image":"busybox"}"""));
        Assert.Equal((400, """{"message":"Config cannot be empty in order to create a container"}"""), await server.CallAsync("POST", "containers/create", "{}"));
        foreach (string malformed in (string[])["{", "[]", "null", "", """{"Image":1}"""]) Assert.Equal(400, (await server.CallAsync("POST", "containers/create", malformed)).Status);
    }

    [Fact]
    public async Task Inspect_has_the_fields_that_dockerd_has()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        JsonElement container = await server.GetAsync("containers/web/json?size=1");
        Assert.Equal("Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform MountLabel ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver SizeRw SizeRootFs Mounts Config NetworkSettings",
            string.Join(' ', container.EnumerateObject().Select(field => field.Name)));
        Assert.Equal(("/web", "sh", "running", 42), (container.GetProperty("Name").GetString(), container.GetProperty("Path").GetString(), container.GetProperty("State").GetProperty("Status").GetString(), container.GetProperty("State").GetProperty("Pid").GetInt32()));
        Assert.Equal("/u", container.GetProperty("GraphDriver").GetProperty("Data").GetProperty("UpperDir").GetString());
        Assert.Equal(64, container.GetProperty("NetworkSettings").GetProperty("Networks").GetProperty("none").GetProperty("NetworkID").GetString()!.Length);
    }

    [Theory]
    [InlineData(true, "name=apparmor", "keelson-default")]
    [InlineData(false, "name=seccomp,profile=default", "")]
    public async Task AppArmor_is_told_of_where_it_is(bool isThere, string first, string profile)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.HasAppArmor = isThere;
        server.Containers.Add("web");
        string?[] options = [.. (await server.GetAsync("info")).GetProperty("SecurityOptions").EnumerateArray().Select(option => option.GetString())];
        Assert.Equal(first, options[0]);
        Assert.Contains("name=seccomp,profile=default", options);
        Assert.Equal(profile, (await server.GetAsync("containers/web/json")).GetProperty("AppArmorProfile").GetString());
    }

    [Fact]
    public async Task Lists_are_filtered_and_limited()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("old");
        server.Containers.Add("ended", ContainerStatus.Exited);
        server.Containers.Add("new");
        async Task<string> Names(string query) => string.Join(' ', (await server.GetAsync("containers/json" + query)).EnumerateArray().Select(line => line.GetProperty("Names")[0].GetString()));
        Assert.Equal("/new /old", await Names(""));
        Assert.Equal("/new /ended /old", await Names("?all=1"));
        Assert.Equal("/new /ended", await Names("?limit=2"));
        Assert.Equal("/ended", await Names("?filters=" + Uri.EscapeDataString("""{"status":{"exited":true}}""")));
        Assert.Equal("/old", await Names("?filters=" + Uri.EscapeDataString("""{"name":["^/old$"],"label":["k=v"]}""")));
        Assert.Equal("/new", await Names("?filters=" + Uri.EscapeDataString("""{"since":["old"]}""")));
        Assert.Equal("/new /old", await Names("?filters=" + Uri.EscapeDataString("""{"ancestor":["busybox"]}""")));
        Assert.Equal("", await Names("?filters=" + Uri.EscapeDataString("""{"ancestor":["nope"]}""")));
    }

    [Fact]
    public async Task Wait_begins_its_answer_before_the_end_comes()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using HttpResponseMessage response = await server.SendAsync("POST", "containers/web/wait?condition=next-exit", completion: HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(5));
        server.Containers.Exit.SetResult(new(3));
        Assert.Equal("{\"Error\":null,\"StatusCode\":3}\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Logs_come_in_frames_with_stamps()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        server.Containers.Log.Add(new(StandardStream.Error, DateTimeOffset.UnixEpoch, "oops\n"u8.ToArray()));
        Assert.Equal("\u0002\0\0\0\0\0\0\u0005oops\n", (await server.CallAsync("GET", "containers/web/logs?stderr=1")).Body + "\n");
        Assert.EndsWith("1970-01-01T00:00:00.000000000Z oops", (await server.CallAsync("GET", "containers/web/logs?stderr=1&timestamps=1")).Body, StringComparison.Ordinal);
        using HttpResponseMessage follow = await server.SendAsync("GET", "containers/web/logs?stderr=1&follow=1", completion: HttpCompletionOption.ResponseHeadersRead).WaitAsync(TimeSpan.FromSeconds(5));
        byte[] first = new byte[13];
        await (await follow.Content.ReadAsStreamAsync()).ReadExactlyAsync(first).AsTask().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.EndsWith("oops\n", Encoding.ASCII.GetString(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_since_a_moment_come_with_their_filters()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        Dictionary<string, string> attributes = new() { ["name"] = "web", ["image"] = "busybox" };
        server.Containers.Events.Add(new(1, "container", "start", "id1", attributes, DateTimeOffset.UnixEpoch.AddSeconds(10)));
        server.Containers.Events.Add(new(2, "container", "exec_create: sh", "id1", attributes, DateTimeOffset.UnixEpoch.AddSeconds(20)));
        server.Containers.Events.Add(new(3, "volume", "create", "v", new Dictionary<string, string>(), DateTimeOffset.UnixEpoch.AddSeconds(30)));
        async Task<string> Actions(string query) => string.Join(';', (await server.CallAsync("GET", "events?" + query)).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Action").GetString()));
        Assert.Equal("start;exec_create: sh;create", await Actions("since=1&until=100"));
        Assert.Equal("exec_create: sh;create", await Actions("since=15.5&until=100"));
        Assert.Equal("exec_create: sh", await Actions("since=1&until=100&filters=" + Uri.EscapeDataString("""{"event":["exec_create"],"container":["web"],"image":["busybox"]}""")));
        Assert.Equal("create", await Actions("since=1&until=100&filters=" + Uri.EscapeDataString("""{"type":["volume"]}""")));
        Assert.Equal(400, (await server.CallAsync("GET", "events?since=x")).Status);
        string line = (await server.CallAsync("GET", "events?since=1&until=11")).Body;
        Assert.Equal("""{"status":"start","id":"id1","from":"busybox","Type":"container","Action":"start","Actor":{"ID":"id1","Attributes":{"name":"web","image":"busybox"}},"scope":"local","time":10,"timeNano":10000000000}""", line);
    }

    [Fact]
    public async Task A_pull_tells_how_it_goes_and_an_error_before_that_is_a_status()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Images.Failure = new RegistryException(ErrorKind.NotFound, "resolve docker.io/library/nope:1: 404", 404);
        Assert.Equal(404, (await server.CallAsync("POST", "images/create?fromImage=nope&tag=1")).Status);
        server.Images.Progress.Add(new(ImageStep.Downloading, Digest.Of("layer"u8), 500, 1000));
        (int status, string body) = await server.CallAsync("POST", "images/create?fromImage=nope&tag=1");
        Assert.Equal(200, status);
        Assert.Contains("\"status\":\"Downloading\",\"progressDetail\":{\"current\":500,\"total\":1000}", body, StringComparison.Ordinal);
        Assert.EndsWith("\"error\":\"resolve docker.io/library/nope:1: 404\"}\r", body, StringComparison.Ordinal);
        server.Images.Failure = null;
        HttpRequestMessage request = new(HttpMethod.Post, "images/create?fromImage=busybox&tag=latest&platform=linux/arm64/v8");
        request.Headers.Add("X-Registry-Auth", Convert.ToBase64String("""{"username":"me","password":"p??>"}"""u8).Replace('+', '-').Replace('/', '_').TrimEnd('='));
        using HttpResponseMessage response = await server.SendAsync(request);
        Assert.Contains("Status: Image is up to date for busybox:latest", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("pull docker.io/library/busybox:latest me ", server.Images.Calls[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_of_archives_stream_through()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        HttpRequestMessage load = new(HttpMethod.Post, "images/load?quiet=1") { Content = new StreamContent(new ZeroStream(300L << 20)) };
        load.Headers.TransferEncodingChunked = true;
        long before = GC.GetTotalMemory(forceFullCollection: false);
        using HttpResponseMessage response = await server.SendAsync(load);
        Assert.Equal("{\"stream\":\"Loaded image: busybox:latest\\n\"}\r\n", await response.Content.ReadAsStringAsync());
        Assert.Equal(300L << 20, server.Images.ReceivedBytes);
        Assert.True(GC.GetTotalMemory(forceFullCollection: false) - before < 64 << 20);
        HttpRequestMessage put = new(HttpMethod.Put, "containers/web/archive?path=/etc") { Content = new ByteArrayContent([1, 2, 3]) };
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(put)).StatusCode);
        using HttpResponseMessage get = await server.SendAsync("GET", "containers/web/archive?path=/etc");
        Assert.Equal([1, 2, 3], await get.Content.ReadAsByteArrayAsync());
        JsonElement stat = JsonDocument.Parse(Convert.FromBase64String(get.Headers.GetValues("X-Docker-Container-Path-Stat").Single())).RootElement;
        Assert.Equal(("etc", 0x8000_0000u | 0x1ed), (stat.GetProperty("name").GetString(), stat.GetProperty("mode").GetUInt32()));
    }

    [Fact]
    public async Task Statistics_have_two_readings_and_zero_for_what_does_not_run()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        server.Containers.Add("ended", ContainerStatus.Exited);
        JsonElement stats = await server.GetAsync("containers/web/stats?stream=0");
        Assert.Equal((7, 7, 9), (stats.GetProperty("cpu_stats").GetProperty("cpu_usage").GetProperty("total_usage").GetInt32(), stats.GetProperty("precpu_stats").GetProperty("cpu_usage").GetProperty("total_usage").GetInt32(), stats.GetProperty("memory_stats").GetProperty("usage").GetInt32()));
        Assert.Equal("0001-01-01T00:00:00Z", (await server.GetAsync("containers/ended/stats?stream=0")).GetProperty("read").GetString());
    }

    [Fact]
    public async Task Images_have_dockers_fields()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        JsonElement image = await server.GetAsync("images/busybox/json");
        Assert.Equal("Id RepoTags RepoDigests Parent Comment Created Container ContainerConfig DockerVersion Author Config Architecture Os Size VirtualSize GraphDriver RootFS Metadata", string.Join(' ', image.EnumerateObject().Select(field => field.Name)));
        Assert.Equal("built", image.GetProperty("Config").GetProperty("Hostname").GetString());
        JsonElement history = await server.GetAsync("images/docker.io/library/busybox:latest/history");
        Assert.Equal([0, 1_982_478], history.EnumerateArray().Select(step => step.GetProperty("Size").GetInt64()));
        Assert.Equal(201, (await server.CallAsync("POST", "images/busybox/tag?repo=localhost:5000/a/b&tag=1")).Status);
        Assert.Equal((409, $$"""{"message":"conflict: unable to delete {{FakeImages.Id[7..19]}} (must be forced) - image is referenced in multiple repositories"}"""), await server.CallAsync("DELETE", "images/" + FakeImages.Id[7..19]));
        Assert.Equal(400, (await server.CallAsync("POST", "images/busybox/tag?repo=UPPER")).Status);
    }

    [Fact]
    public async Task Volumes_and_networks_answer()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        (int status, string body) = await server.CallAsync("POST", "volumes/create", """{"Name":"v1","Labels":{"a":"b"}}""");
        Assert.Equal((201, """{"CreatedAt":"1970-01-01T00:00:00Z","Driver":"local","Labels":{"a":"b"},"Mountpoint":"/root/volumes/v1/_data","Name":"v1","Options":null,"Scope":"local"}"""), (status, body));
        server.Containers.Add("web", change: info => info with { Mounts = [new("volume", "v1", "/s", "/d", "local")] });
        Assert.Equal(409, (await server.CallAsync("DELETE", "volumes/v1")).Status);
        Assert.Equal("host none", string.Join(' ', (await server.GetAsync("networks")).EnumerateArray().Select(network => network.GetProperty("Name").GetString())));
        Assert.Equal("web", (await server.GetAsync("networks/none")).GetProperty("Containers").EnumerateObject().Single().Value.GetProperty("Name").GetString());
        Assert.Equal((403, """{"message":"none is a pre-defined network and cannot be removed"}"""), await server.CallAsync("DELETE", "networks/none"));
        Assert.Equal((403, """{"message":"operation is not permitted on predefined host network"}"""), await server.CallAsync("POST", "networks/create", """{"Name":"host"}"""));
        Assert.Equal(201, (await server.CallAsync("POST", "networks/create", """{"Name":"mine","IPAM":{"Config":[{"Subnet":"10.0.0.0/8","IPRange":"10.1.0.0/16","Gateway":"10.9.9.9","AuxiliaryAddresses":{"a":"10.1.1.1"}}]}}""")).Status);
        Assert.Equal("""[{"Subnet":"10.0.0.0/8","IPRange":"10.1.0.0/16","Gateway":"10.9.9.9","AuxiliaryAddresses":{"a":"10.1.1.1"}}]""", (await server.GetAsync("networks/mine")).GetProperty("IPAM").GetProperty("Config").GetRawText());
        foreach ((string config, string fault) in ((string, string)[])[("""[{"Subnet":"10.0.0.5/24"}]""", "it should be 10.0.0.0/24"), ("""[{"Subnet":"x"}]""", "invalid subnet x"), ("""[{"Subnet":"10.0.0.0/8"},{"Subnet":"11.0.0.0/8"}]""", "more than one subnet"), ("""[{"Gateway":"y"}]""", "invalid gateway y")])
        {
            (int refused, string why) = await server.CallAsync("POST", "networks/create", $$$"""{"Name":"odd","IPAM":{"Config":{{{config}}}}}""");
            Assert.Equal(400, refused);
            Assert.Contains(fault, why, StringComparison.Ordinal);
        }
        Assert.Equal(200, (await server.CallAsync("POST", "networks/mine/connect", """{"Container":"web","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.1.2.3"}}}""")).Status);
        Assert.Equal(200, (await server.CallAsync("POST", "networks/mine/disconnect", """{"Container":"web","Force":true}""")).Status);
        Assert.Equal(["connect web mine 10.1.2.3", "disconnect web mine True"], server.Containers.Calls[^2..]);
        Assert.Equal("""{"NetworksDeleted":["mine"]}""", (await server.CallAsync("POST", "networks/prune")).Body);
    }

    [Fact]
    public async Task Info_and_version_have_the_fields_that_clients_read()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        JsonElement info = await server.GetAsync("info");
        Assert.Equal(("inactive", 1, 1, "overlayfs"), (info.GetProperty("Swarm").GetProperty("LocalNodeState").GetString(), info.GetProperty("Containers").GetInt32(), info.GetProperty("Images").GetInt32(), info.GetProperty("Driver").GetString()));
        Assert.True(info.GetProperty("MemTotal").GetInt64() > 0);
        Assert.Equal("1.41", (await server.GetAsync("version")).GetProperty("ApiVersion").GetString());
    }

    private sealed class ZeroStream(long length) : ReadOnlyStream
    {
        private long left = length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Min(left, buffer.Length);
            left -= count;
            return ValueTask.FromResult(count);
        }
    }
}
