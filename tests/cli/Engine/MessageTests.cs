using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Keelson.Docker;

namespace Keelson.Cli.Tests;

/// <summary>Every message of dockerd, read and written again, is the same: no field is missing, added, or empty in another way.</summary>
[Collection<EngineCollection>]
public class MessageTests(EngineUnderTest engine)
{
    [CliFact]
    public async Task Messages_survive_being_read_and_written()
    {
        string name = await engine.StartIdleAsync("--memory", "64m", "--health-cmd", "true", "--health-interval", "1s", "-v", "/anonymous", "--label", "a=b");
        foreach ((string path, JsonTypeInfo type) in ((string, JsonTypeInfo)[])[
            ("/containers/json?all=1", DockerJson.Default.ContainerSummaryArray),
            ("/containers/json?all=1&size=1", DockerJson.Default.ContainerSummaryArray),
            ($"/containers/{name}/json?size=1", DockerJson.Default.ContainerInspect),
            ($"/containers/{name}/top", DockerJson.Default.ContainerTop),
            ($"/containers/{name}/stats?stream=0", DockerJson.Default.ContainerStats),
            ("/images/json?all=1", DockerJson.Default.ImageSummaryArray),
            ($"/images/{EngineUnderTest.Image}/json", DockerJson.Default.ImageInspect),
            ($"/images/{EngineUnderTest.Image}/history", DockerJson.Default.ImageHistoryItemArray),
            ("/version", DockerJson.Default.VersionResponse),
            ("/info", DockerJson.Default.SystemInfo),
            ("/system/df", DockerJson.Default.DiskUsageResponse),
            ("/volumes", DockerJson.Default.VolumeListResponse),
            ("/networks", DockerJson.Default.NetworkResourceArray),
            ("/networks/bridge", DockerJson.Default.NetworkResource),
            ("/containers/nowhere/json", DockerJson.Default.ErrorResponse)])
            AssertSame(path, await GetAsync(path), type);
        await engine.RemoveAsync(name);
    }

    [CliFact]
    public async Task Events_survive_being_read_and_written()
    {
        await engine.RemoveAsync(await engine.StartIdleAsync());
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string since = $"{now - 60}", until = $"{now + 1}";   // the seconds are cut off: what happened in this one ends with the next
        using ByteStream stream = engine.Client.Events(since, until);
        JsonStream events = new(stream);
        int count = 0;
        for (; events.Next(); count++) AssertSame("/events", Encoding.UTF8.GetString(events.Raw.Span), DockerJson.Default.EventMessage);
        Assert.True(count >= 4, $"{count} events");
    }

    private static void AssertSame(string path, string json, JsonTypeInfo type)
    {
        string again = JsonSerializer.Serialize(JsonSerializer.Deserialize(json, type), type);
        if (!JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(again))) Assert.Fail($"{path}\n{json}\n{again}");
    }

    /// <summary>curl knows nothing of our client.</summary>
    private async Task<string> GetAsync(string path)
    {
        string socket = engine.Host.Environment["DOCKER_HOST"]["unix://".Length..];
        CommandResult result = await engine.Host.RunAsync("curl", "--silent", "--unix-socket", socket, "http://docker/v1.41" + path);
        return result.Succeeds().Stdout;
    }
}
