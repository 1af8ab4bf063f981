using System.Text.Json;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Audit;
using Keelson.Linux.Sys;

namespace Keelson.DockerApi.Tests.Audit;

/// <summary>Who changed what.</summary>
public sealed class AuditTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("audit");
    private readonly List<string> problems = [];

    private string Path => folder + "/audit.jsonl";

    public void Dispose() => TestDirectory.Remove(folder);

    [Fact]
    public async Task Each_change_is_a_line_with_who_what_and_how_it_went()
    {
        using AuditLog log = Open();
        await using ServerUnderTest server = await StartAsync(log);
        string id = server.Containers.Add("web").Id;
        await server.CallAsync("GET", "containers/json");
        await server.CallAsync("POST", "containers/web/exec?secret=parameter", """{"Cmd":["cat","/etc/shadow"],"Env":["TOKEN=hunter2"]}""");
        await server.CallAsync("POST", $"exec/{server.Containers.Exec!.Id}/start", """{"Detach":true}""");
        await server.CallAsync("POST", "containers/create?name=new", """{"Image":"busybox","Env":["TOKEN=hunter2"]}""");
        await server.CallAsync("DELETE", "containers/web?force=1");
        await server.CallAsync("POST", "containers/nope/stop");
        JsonElement[] lines = Lines();
        Assert.Equal(["POST /v1.41/containers/web/exec 201", $"POST /v1.41/exec/{server.Containers.Exec!.Id}/start 200", "POST /v1.41/containers/create 201", "DELETE /v1.41/containers/web 204", "POST /v1.41/containers/nope/stop 404"],
            lines.Select(line => $"{Text(line, "method")} {Text(line, "path")} {line.GetProperty("status").GetInt32()}"));
        Assert.Equal([id, id, server.Containers.Get("new").Id, id, null], lines.Select(line => line.TryGetProperty("container", out JsonElement container) ? container.GetString() : null));
        Assert.All(lines[..2], line => Assert.Equal(["cat", "/etc/shadow"], line.GetProperty("exec").EnumerateArray().Select(word => word.GetString()!)));
        Assert.All(lines, line => Assert.Equal((Processes.EffectiveUserId, Environment.ProcessId, "s"), (line.GetProperty("uid").GetUInt32(), line.GetProperty("pid").GetInt32(), Text(line, "socket"))));
        Assert.All(lines, line => Assert.True(line.GetProperty("ms").GetDouble() >= 0 && line.GetProperty("time").GetDateTimeOffset() > DateTimeOffset.UnixEpoch && line.TryGetProperty("gid", out _)));
        foreach (string secret in (string[])["hunter2", "TOKEN", "parameter"]) Assert.DoesNotContain(secret, File.ReadAllText(Path), StringComparison.Ordinal);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task What_is_refused_is_noted_too()
    {
        using AuditLog log = Open();
        await using ServerUnderTest server = await StartAsync(log, new("s") { IsReadOnly = true });
        server.Containers.Add("web");
        Assert.Equal(403, (await server.CallAsync("POST", "containers/web/stop")).Status);
        Assert.Equal(403, (await server.CallAsync("GET", "containers/web/attach/ws")).Status);
        Assert.Equal([403, 403], Lines().Select(line => line.GetProperty("status").GetInt32()));
    }

    [Fact]
    public void The_file_is_its_owners_alone_and_is_added_to()
    {
        File.WriteAllText(Path, "before\n");
        TestDirectory.SetMode(Path, 0b110_100_100);
        using AuditLog log = Open();
        Write(log, "/a");
        Files.TryStatus(Path, out FileStatus status);
        Assert.Equal(0b110_000_000u, status.Mode & 0b111_111_111);
        Assert.Equal(2, File.ReadAllLines(Path).Length);
        File.CreateSymbolicLink(folder + "/link", "/dev/null");
        Assert.Throws<Linux.LinuxException>(() => new AuditLog(folder + "/link", 0, (_, _) => { }));
    }

    [Fact]
    public void A_full_file_makes_room_for_a_new_one()
    {
        using AuditLog log = Open(limitBytes: 1000);
        for (int i = 0; i < 30; i++) Write(log, "/" + i);
        Assert.True(new FileInfo(Path).Length is > 0 and <= 1000 && new FileInfo(Path + ".1").Length is > 500 and <= 1000);
        Assert.Equal("/29", Text(Lines()[^1], "path"));
        Assert.Empty(problems);
    }

    [RootFact]
    public async Task A_full_disk_loses_no_request_and_is_told_of_and_lines_come_again()
    {
        using HostMount mount = new(folder + "/small", "size=16k");
        using AuditLog log = new(folder + "/small/audit.jsonl", 0, (problem, _) => problems.Add(problem));
        await using ServerUnderTest server = await StartAsync(log);
        server.Containers.Add("web");
        string filler = new('x', 300);
        for (int i = 0; i < 60; i++) Assert.Equal(404, (await server.CallAsync("POST", $"containers/{filler}/stop")).Status);
        Assert.NotEmpty(problems);
        Assert.Contains("ENOSPC", problems[0], StringComparison.Ordinal);
        Assert.All(problems, problem => Assert.DoesNotContain("\n", problem, StringComparison.Ordinal));
        string[] before = File.ReadAllLines(folder + "/small/audit.jsonl");
        Assert.InRange(before.Length, 10, 59);
        using (FileStream file = File.OpenWrite(folder + "/small/audit.jsonl")) file.SetLength(before[0].Length + 1 + before[1].Length / 2);
        int told = problems.Count;
        Assert.Equal(204, (await server.CallAsync("POST", "containers/web/stop")).Status);
        Assert.Equal(told, problems.Count);
        Assert.Equal("/v1.41/containers/web/stop", Text(JsonDocument.Parse(File.ReadAllLines(folder + "/small/audit.jsonl")[^1]).RootElement, "path"));
    }

    private AuditLog Open(long limitBytes = 0) => new(Path, limitBytes, (problem, _) => problems.Add(problem));

    private static Task<ServerUnderTest> StartAsync(AuditLog log, SocketRights? rights = null) => ServerUnderTest.StartAsync(new(rights ?? new("s")) { Audit = log });

    private static void Write(AuditLog log, string path) => log.Write(new() { Time = DateTimeOffset.UnixEpoch, Socket = "s", Method = "POST", Path = path, Status = 200, Milliseconds = 1 });

    private JsonElement[] Lines() => [.. File.ReadAllLines(Path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
