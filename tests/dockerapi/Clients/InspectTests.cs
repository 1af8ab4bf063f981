using System.Text.Json;
using System.Text.RegularExpressions;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>What <c>docker inspect</c> says has the same keys with the same types as dockerd's, but for those that docs/docker-api.md lists with a reason.</summary>
public sealed partial class InspectTests(KeelsondHost keelsond, DockerdHost dockerd) : IClassFixture<KeelsondHost>, IClassFixture<DockerdHost>
{
    private const string Heading = "## Differences of inspect";

    [ForeignClientFact]
    public async Task Every_key_has_dockerds_type_or_a_reason()
    {
        SortedDictionary<string, string> theirs = await LookAsync(dockerd), ours = await LookAsync(keelsond);
        Assert.True(theirs.Count > 250, $"{theirs.Count}");
        string[] found = [.. theirs.Keys.Union(ours.Keys).Order(StringComparer.Ordinal)
            .Select(key => (Key: key, Theirs: theirs.GetValueOrDefault(key, "absent"), Ours: ours.GetValueOrDefault(key, "absent")))
            .Where(pair => pair.Theirs != pair.Ours).Select(pair => $"{pair.Key} | {pair.Theirs} | {pair.Ours}")];
        string[] listed = Listed();
        Assert.True(listed.SequenceEqual(found), "not listed:\n" + string.Join("\n", found.Except(listed)) + "\nlisted in vain:\n" + string.Join("\n", listed.Except(found)));
    }

    /// <summary>The rows of the table, without their reasons.</summary>
    private static string[] Listed()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs/docker-api.md"));
        int start = text.IndexOf(Heading, StringComparison.Ordinal);
        Assert.True(start >= 0);
        string[] rows = [.. text[start..].Split('\n').Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        Assert.All(rows, row => Assert.False(string.IsNullOrWhiteSpace(row.Split('|')[4]), row));
        return [.. rows.Select(row => string.Join(" | ", row.Split('|')[1..4].Select(cell => cell.Trim().Trim('`')))).Order(StringComparer.Ordinal)];
    }

    private static async Task<SortedDictionary<string, string>> LookAsync(EngineHost engine)
    {
        async Task<string> Docker(params string[] arguments) => (await engine.Host.RunAsync(["/usr/bin/docker", .. arguments])).Succeeds().Text;
        await Docker("volume", "create", "--label", "a=b", "looked-v");
        await Docker("network", "create", "--label", "a=b", "--subnet", "10.78.0.0/24", "looked-n");
        await Docker("run", "-d", "--name", "looked-c", "--network", "looked-n", "-v", "looked-v:/v", "-v", "/tmp:/host", "--tmpfs", "/t", "-p", "127.0.0.1:8099:80", "-e", "A=b", "--label", "a=b", "-m", "64m",
            "--cap-add", "NET_ADMIN", "--restart", "on-failure:2", "--ulimit", "nofile=100:200", "--dns", "10.0.0.1", "--add-host", "x:10.0.0.2", "--health-cmd", "true", "--health-interval", "100ms", "busybox:test", "sleep", "1000");
        await Docker("run", "--name", "looked-d", "--network", "none", "busybox:test", "true");
        SortedDictionary<string, string> types = new(StringComparer.Ordinal);
        await Interop.Tests.Eventually.HoldsAsync("it is healthy", async () => await Docker("inspect", "-f", "{{.State.Health.Status}}", "looked-c") == "healthy");
        foreach ((string kind, string name) in ((string, string)[])[("container", "looked-c"), ("container", "looked-d"), ("image", "busybox:test"), ("network", "looked-n"), ("network", "none"), ("volume", "looked-v")])
        {
            using JsonDocument document = JsonDocument.Parse(await Docker(kind, "inspect", name));
            Flatten($"{kind} {(name is "looked-d" or "none" ? "none: " : "")}", document.RootElement[0], types);
        }
        await Docker("rm", "-f", "looked-c", "looked-d");
        await Docker("network", "rm", "looked-n");
        await Docker("volume", "rm", "looked-v");
        return types;
    }

    private static void Flatten(string path, JsonElement element, SortedDictionary<string, string> types)
    {
        types[path] = element.ValueKind is JsonValueKind.True or JsonValueKind.False ? "bool" : element.ValueKind.ToString().ToLowerInvariant();
        string below = path.EndsWith(' ') ? path : path + ".";
        if (element.ValueKind == JsonValueKind.Object)
            // But ExecIDs, which are of the moment: a check that is running has one.
            foreach (JsonProperty property in element.EnumerateObject().Where(property => property.Name != "ExecIDs")) Flatten(below + (Identity().IsMatch(property.Name) ? "ID" : property.Name), property.Value, types);
        if (element.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in element.EnumerateArray()) Flatten(path + "[]", item, types);
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Identity();
}
