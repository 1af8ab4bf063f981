using System.Text.Json;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Tests.Access;

/// <summary>Sockets whose clients may not do all.</summary>
public class LimitedSocketTests
{
    private static readonly SocketRights ReadOnly = new("ro.sock") { IsReadOnly = true }, Mine = new("mine.sock") { Label = new("team", "a") };

    [Theory]
    [InlineData("GET", "containers/json", 200)]
    [InlineData("GET", "containers/web/json", 200)]
    [InlineData("GET", "containers/web/top", 200)]
    [InlineData("GET", "images/json", 200)]
    [InlineData("GET", "networks", 200)]
    [InlineData("GET", "volumes", 200)]
    [InlineData("GET", "info", 200)]
    [InlineData("HEAD", "/_ping", 200)]
    [InlineData("GET", "containers/web/logs?stdout=1", 403)]
    [InlineData("GET", "containers/web/archive?path=/etc", 403)]
    [InlineData("HEAD", "containers/web/archive?path=/etc", 403)]
    [InlineData("GET", "containers/web/export", 403)]
    [InlineData("GET", "containers/web/attach/ws?stdin=1&stream=1", 403)]
    [InlineData("GET", "images/busybox/get", 403)]
    [InlineData("GET", "distribution/busybox/json", 403)]
    [InlineData("POST", "containers/web/stop", 403)]
    [InlineData("POST", "containers/create", 403)]
    [InlineData("POST", "containers/web/exec", 403)]
    [InlineData("POST", "containers/web/wait", 403)]
    [InlineData("PUT", "containers/web/archive?path=/", 403)]
    [InlineData("DELETE", "containers/web", 403)]
    [InlineData("DELETE", "images/busybox", 403)]
    [InlineData("POST", "build", 403)]
    [InlineData("POST", "swarm/init", 403)]
    [InlineData("POST", "nowhere", 404)]
    [InlineData("POST", "/v1.41/../v1.41/containers/web/stop", 403)]
    [InlineData("POST", "/containers/%77eb/stop", 403)]
    public async Task A_read_only_socket_reads(string method, string path, int expected)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(ReadOnly));
        server.Containers.Add("web");
        (int status, string body) = await server.CallAsync(method, path, method is "POST" ? "{}" : null);
        Assert.True(status == expected, $"{status} {body}");
        Assert.Empty(server.Containers.Calls);
        Assert.Single(server.Containers.List());
    }

    [Fact]
    public async Task A_refusal_names_the_operation_and_the_socket()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(ReadOnly));
        Assert.Equal((403, """{"message":"POST /containers/{id}/stop: the socket ro.sock does not allow it: it is read-only"}"""), await server.CallAsync("POST", "containers/web/stop"));
    }

    [Fact]
    public async Task A_read_only_socket_with_streams_hands_content_out_and_takes_none()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(ReadOnly with { HasStreams = true }));
        server.Containers.Add("web");
        Assert.Equal(200, (await server.CallAsync("GET", "containers/web/logs?stdout=1")).Status);
        Assert.Equal(200, (await server.CallAsync("GET", "containers/web/archive?path=/etc")).Status);
        Assert.Equal(403, (await server.CallAsync("GET", "containers/web/attach/ws?stdin=1&stream=1")).Status);
        Assert.Equal(403, (await server.CallAsync("PUT", "containers/web/archive?path=/")).Status);
    }

    [Theory]
    [InlineData(false, "PASSWORD=***")]
    [InlineData(true, "PASSWORD=hunter2")]
    public async Task A_read_only_socket_tells_values_of_variables_when_it_is_said(bool shows, string expected)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(ReadOnly with { ShowsEnvironment = shows }));
        server.Containers.Add("web", change: info => info with { Settings = info.Settings with { Env = ["PASSWORD=hunter2"] } });
        Assert.Equal(expected, (await server.GetAsync("containers/web/json")).GetProperty("Config").GetProperty("Env")[0].GetString());
    }

    [Fact]
    public async Task Through_a_socket_with_a_label_other_containers_are_not_there()
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine);
        Assert.Equal(["/mine"], (await server.GetAsync("containers/json")).EnumerateArray().Select(line => line.GetProperty("Names")[0].GetString()));
        string other = server.Containers.Get("other").Id;
        foreach ((string method, string path) in ((string, string)[])[("GET", "json"), ("POST", "stop"), ("POST", "start"), ("POST", "kill"), ("GET", "logs?stdout=1"), ("GET", "archive?path=/etc"), ("GET", "top"), ("GET", "stats?stream=0"), ("GET", "changes"), ("GET", "export"), ("POST", "rename?name=x1"), ("POST", "attach?stream=1"), ("POST", "wait"), ("POST", "pause")])
        {
            foreach (string name in (string[])["other", other, other[..5]])
            {
                (int status, string body) = await server.CallAsync(method, $"containers/{name}/{path}");
                Assert.True(status == 404 && body.Contains("No such container", StringComparison.Ordinal), $"{method} {name} {path}: {status} {body}");
            }
        }
        Assert.Equal(404, (await server.CallAsync("DELETE", "containers/other?force=1")).Status);
        Assert.Equal(404, (await server.CallAsync("POST", "containers/other/exec", """{"Cmd":["sh"]}""")).Status);
        Assert.Equal(404, (await server.CallAsync("PUT", "containers/other/archive?path=/")).Status);
        Assert.Equal(404, (await server.CallAsync("POST", "containers/other/update", """{"Memory":10000000}""")).Status);
        Assert.Empty(server.Containers.Calls);
        Assert.Equal(1, (await server.GetAsync("info")).GetProperty("Containers").GetInt32());
        Assert.Equal(200, (await server.CallAsync("GET", "containers/mine/json")).Status);
        Assert.Equal(204, (await server.CallAsync("POST", "containers/mine/stop")).Status);
    }

    [Fact]
    public async Task An_exec_of_another_container_is_not_there()
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine);
        await server.Containers.CreateExecAsync("other", new() { Cmd = ["sh"] });
        string id = server.Containers.Exec!.Id;
        Assert.Equal(404, (await server.CallAsync("GET", $"exec/{id}/json")).Status);
        Assert.Equal(404, (await server.CallAsync("POST", $"exec/{id}/start", """{"Detach":true}""")).Status);
        Assert.Equal(404, (await server.CallAsync("POST", $"exec/{id}/resize?h=1&w=1")).Status);
    }

    [Fact]
    public async Task Prune_takes_containers_of_the_label_alone()
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine, ContainerStatus.Exited);
        Assert.Equal(200, (await server.CallAsync("POST", "containers/prune")).Status);
        Assert.Equal("other", Assert.Single(server.Containers.List()).Name);
    }

    [Fact]
    public async Task Events_are_those_of_the_label()
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine);
        string mine = server.Containers.Get("mine").Id, other = server.Containers.Get("other").Id;
        void Add(string type, string id, params (string, string)[] attributes) => server.Containers.Events.Add(new(server.Containers.Events.Count + 1, type, "e", id, attributes.ToDictionary(pair => pair.Item1, pair => pair.Item2), DateTimeOffset.UnixEpoch.AddSeconds(1)));
        Add("container", mine, ("team", "a"));
        Add("container", other, ("team", "b"), ("container", mine));
        Add("network", "n1", ("container", mine));
        Add("network", "n2", ("container", other));
        Add("volume", "v1");
        Add("image", "i1", ("team", "a"));
        (int status, string body) = await server.CallAsync("GET", "events?since=0&until=5");
        Assert.Equal(200, status);
        string?[] told = [.. body.Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Actor").GetProperty("ID").GetString())];
        Assert.Equal([mine, "n1"], told);
    }

    [Fact]
    public async Task A_new_container_gets_the_label_whatever_it_asks_for()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(Mine));
        Assert.Equal(201, (await server.CallAsync("POST", "containers/create?name=new", """{"Image":"busybox","Labels":{"team":"b","x":"y"}}""")).Status);
        Assert.Equal(("a", "y"), (server.Containers.Get("new").Settings.Labels!["team"], server.Containers.Get("new").Settings.Labels!["x"]));
    }

    [Theory]
    [InlineData("""{"Privileged":true}""", "privileged")]
    [InlineData("""{"privileged":true}""", "privileged")]
    [InlineData("""{"NetworkMode":"host"}""", "namespaces")]
    [InlineData("""{"PidMode":"host"}""", "namespaces")]
    [InlineData("""{"IpcMode":"host"}""", "namespaces")]
    [InlineData("""{"UTSMode":"host"}""", "namespaces")]
    [InlineData("""{"UsernsMode":"host"}""", "namespaces")]
    [InlineData("""{"CgroupnsMode":"host"}""", "namespaces")]
    [InlineData("""{"Binds":["/:/host"]}""", "binds")]
    [InlineData("""{"Binds":["./x:/host"]}""", "binds")]
    [InlineData("""{"Mounts":[{"Type":"bind","Source":"/","Target":"/host"}]}""", "binds")]
    [InlineData("""{"Mounts":[{"Type":"volume","Target":"/h","VolumeOptions":{"DriverConfig":{"Options":{"type":"none","o":"bind","device":"/"}}}}]}""", "binds")]
    [InlineData("""{"Mounts":[{"Type":"npipe","Source":"/","Target":"/host"}]}""", "binds")]
    [InlineData("""{"Binds":["theirs:/data"]}""", "volumes")]
    [InlineData("""{"Binds":["notyet:/data"]}""", "volumes")]
    [InlineData("""{"Mounts":[{"Type":"volume","Source":"theirs","Target":"/data"}]}""", "volumes")]
    [InlineData("""{"Devices":[{"PathOnHost":"/dev/mem","PathInContainer":"/dev/mem"}]}""", "devices")]
    [InlineData("""{"DeviceCgroupRules":["a *:* rwm"]}""", "devices")]
    [InlineData("""{"CapAdd":["SYS_ADMIN"]}""", "capabilities")]
    [InlineData("""{"CapAdd":"ALL"}""", "capabilities")]
    [InlineData("""{"SecurityOpt":["seccomp=unconfined"]}""", "security")]
    [InlineData("""{"MaskedPaths":[]}""", "security")]
    [InlineData("""{"ReadonlyPaths":[]}""", "security")]
    [InlineData("""{"Sysctls":{"kernel.msgmax":"1"}}""", "security")]
    [InlineData("""{"CgroupParent":"/"}""", "security")]
    [InlineData("""{"Runtime":"other"}""", "security")]
    [InlineData("""{"OomScoreAdj":-1000}""", "security")]
    public async Task What_reaches_out_of_a_container_is_refused_unless_it_is_allowed(string host, string permit)
    {
        string body = "{\"Image\":\"busybox\",\"HostConfig\":" + host + "}";
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(Mine));
        await server.Containers.Volumes.CreateAsync("theirs", new Dictionary<string, string> { ["team"] = "b" });
        (int status, string answer) = await server.CallAsync("POST", "containers/create", body);
        Assert.True(status == 403 && answer.Contains("the socket mine.sock does not allow it", StringComparison.Ordinal), $"{status} {answer}");
        Assert.Empty(server.Containers.List());
        await using ServerUnderTest allowing = await ServerUnderTest.StartAsync(new(Mine with { Allowed = [permit] }), server.Containers);
        Assert.Equal(201, (await allowing.CallAsync("POST", "containers/create", body)).Status);
    }

    [Theory]
    [InlineData("""{"NetworkMode":"container:other"}""")]
    [InlineData("""{"PidMode":"container:other"}""")]
    [InlineData("""{"IpcMode":"container:other"}""")]
    [InlineData("""{"VolumesFrom":["other:ro"]}""")]
    [InlineData("""{"Links":["other:db"]}""")]
    public async Task Another_containers_namespaces_and_volumes_are_out_of_reach(string host)
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine);
        Assert.Equal(400, (await server.CallAsync("POST", "containers/create?name=new", "{\"Image\":\"busybox\",\"HostConfig\":" + host + "}")).Status);
        Assert.Equal(201, (await server.CallAsync("POST", "containers/create?name=new", "{\"Image\":\"busybox\",\"HostConfig\":" + host.Replace("other", "mine", StringComparison.Ordinal) + "}")).Status);
    }

    [Fact]
    public async Task A_volume_of_the_label_can_be_mounted()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(Mine));
        await server.Containers.Volumes.CreateAsync("ours", new Dictionary<string, string> { ["team"] = "a" });
        Assert.Equal(201, (await server.CallAsync("POST", "containers/create", """{"Image":"busybox","Volumes":{"/cache":{}},"HostConfig":{"Binds":["ours:/data:ro"],"Tmpfs":{"/tmp":""}}}""")).Status);
    }

    [Theory]
    [InlineData("POST", "images/create?fromImage=busybox")]
    [InlineData("DELETE", "images/busybox")]
    [InlineData("POST", "images/busybox/tag?repo=x")]
    [InlineData("POST", "images/load")]
    [InlineData("POST", "commit?container=mine")]
    [InlineData("POST", "networks/create")]
    [InlineData("POST", "networks/bridge/connect")]
    [InlineData("DELETE", "networks/n")]
    [InlineData("POST", "volumes/create")]
    [InlineData("DELETE", "volumes/v")]
    [InlineData("POST", "volumes/prune")]
    [InlineData("POST", "build")]
    [InlineData("POST", "auth")]
    public async Task The_rest_of_the_engine_is_only_read_through_a_socket_with_a_label(string method, string path)
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine);
        (int status, string body) = await server.CallAsync(method, path, "{}");
        Assert.True(status == 403 && body.Contains("team=a", StringComparison.Ordinal), $"{status} {body}");
    }

    [Fact]
    public async Task An_exec_with_all_capabilities_and_an_update_of_devices_are_refused()
    {
        await using ServerUnderTest server = await StartWithTwoAsync(Mine);
        Assert.Equal(403, (await server.CallAsync("POST", "containers/mine/exec", """{"Cmd":["sh"],"Privileged":true}""")).Status);
        Assert.Equal(201, (await server.CallAsync("POST", "containers/mine/exec", """{"Cmd":["sh"]}""")).Status);
        Assert.Equal(403, (await server.CallAsync("POST", "containers/mine/update", """{"CgroupParent":"/"}""")).Status);
        foreach (string mount in (string[])["""{"Type":"bind","Source":"/","Target":"/host"}""", """{"Type":"volume","Source":"theirs","Target":"/data"}""", """{"Type":"volume","Target":"/h","VolumeOptions":{"DriverConfig":{"Options":{"type":"none","o":"bind","device":"/"}}}}"""])
            Assert.Equal(403, (await server.CallAsync("POST", "containers/mine/update", $$"""{"AddMounts":[{{mount}}]}""")).Status);
        Assert.Equal(200, (await server.CallAsync("POST", "containers/mine/update", """{"Memory":10000000}""")).Status);
    }

    private static async Task<ServerUnderTest> StartWithTwoAsync(SocketRights rights, ContainerStatus status = ContainerStatus.Running)
    {
        FakeContainers containers = new();
        containers.Add("mine", status, info => info with { Settings = info.Settings with { Labels = new Dictionary<string, string> { ["team"] = "a" } } });
        containers.Add("other", status, info => info with { Settings = info.Settings with { Labels = new Dictionary<string, string> { ["team"] = "b" } } });
        return await ServerUnderTest.StartAsync(new(rights), containers);
    }
}
