using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary><c>list</c> and <c>ps</c>, as tables and as JSON. Row R2.</summary>
public sealed class ListingTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void List_shows_a_table_of_the_containers()
    {
        TestContainer running = runtime.StartSleeping(), created = runtime.Container(runtime.Bundle("true"));
        created.Create();

        string[] lines = runtime.Run("list").Succeeds().Lines;

        Assert.Equal(["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"], Words(lines[0]));
        string[] row = Words(lines.Single(l => l.StartsWith(running.Id + " ", StringComparison.Ordinal)));
        Assert.Equal([running.Id, running.Pid.ToString(), "running", running.Bundle.Directory], row[..4]);
        Assert.Equal("root", row[^1]);
        Assert.Equal("created", Words(lines.Single(l => l.StartsWith(created.Id + " ", StringComparison.Ordinal)))[2]);
        Assert.Equal(3, lines.Length);
    }

    [RootFact]
    public void List_in_json_has_the_fields_of_state()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").SetJson("annotations", """{"a": "b"}"""));
        JsonObject entry = (JsonObject)Assert.Single((JsonArray)JsonNode.Parse(runtime.Run("list", "--format=json").Succeeds().Stdout)!)!;
        Assert.Equal(container.Id, (string)entry["id"]!);
        Assert.Equal(container.Pid, (int)entry["pid"]!);
        Assert.Equal("running", (string)entry["status"]!);
        Assert.Equal(container.Bundle.Directory, (string)entry["bundle"]!);
        Assert.Equal("b", (string)entry["annotations"]!["a"]!);
        Assert.Equal("root", (string)entry["owner"]!);
        Assert.True(entry.ContainsKey("ociVersion") && entry.ContainsKey("rootfs") && entry.ContainsKey("created"));
    }

    [RootFact]
    public void List_with_quiet_shows_the_ids_alone()
    {
        TestContainer first = runtime.StartSleeping(), second = runtime.StartSleeping();
        Assert.Equal(new[] { first.Id, second.Id }.Order(), runtime.Run("list", "-q").Succeeds().Lines.Order());
    }

    [RootFact]
    public void List_of_nothing_is_a_heading_and_no_row() => Assert.Equal("ID", Words(Assert.Single(runtime.Run("list").Succeeds().Lines))[0]);

    [RootFact]
    public void List_of_nothing_in_json_has_no_entry() => Assert.Matches(@"^(null|\[\])$", runtime.Run("list", "-f", "json").Succeeds().Text);

    [RootFact]
    public void List_of_an_unknown_format_is_an_error() => runtime.Run("list", "--format", "xml").Fails();

    [RootFact]
    public void List_shows_stopped_containers_with_pid_0()
    {
        TestContainer container = runtime.Start(runtime.Bundle("true"));
        container.WaitForEnd();
        JsonNode entry = ((JsonArray)JsonNode.Parse(runtime.Run("list", "-f", "json").Succeeds().Stdout)!)[0]!;
        Assert.Equal("stopped", (string)entry["status"]!);
        Assert.Equal(0, (int)entry["pid"]!);
    }

    [CgroupFact]
    public void Ps_in_json_lists_all_processes_by_their_ids_on_the_host()
    {
        TestContainer container = runtime.Start(runtime.Bundle().Shell("sleep 1001 & sleep 1002 & echo ready; exec sleep 1000"));
        container.WaitForOutput("ready");
        int[] pids = [.. ((JsonArray)JsonNode.Parse(runtime.Run("ps", "--format", "json", container.Id).Succeeds().Stdout)!).Select(n => (int)n!)];
        Assert.Equal(3, pids.Length);
        Assert.Contains(container.Pid, pids);
        // The shell's children say so themselves once they are what it was asked to start.
        Condition.Await("three programs that sleep", () => Array.TrueForAll(pids, p => File.ReadAllText($"/proc/{p}/cmdline").StartsWith("sleep\0", StringComparison.Ordinal)));
    }

    [RootFact]
    public void Ps_shows_a_table_as_ps_does()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000"));
        string[] lines = runtime.Run("ps", container.Id).Succeeds().Lines;
        Assert.Contains("PID", Words(lines[0]));
        string row = Assert.Single(lines[1..]);
        Assert.Contains(container.Pid.ToString(), Words(row));
        Assert.EndsWith("sleep 1000", row.TrimEnd());
    }

    [RootFact]
    public void Ps_hands_its_options_to_ps()
    {
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000"));
        string[] lines = runtime.Run("ps", container.Id, "-o", "pid,comm").Succeeds().Lines;
        Assert.Equal(["PID", "COMMAND"], Words(lines[0]));
        Assert.Equal([container.Pid.ToString(), "sleep"], Words(Assert.Single(lines[1..])));
    }

    [RootFact]
    public void Ps_of_an_unknown_id_says_that_it_does_not_exist() => runtime.Run("ps", runtime.NewId()).Fails("does not exist");

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
