using System.Text.RegularExpressions;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>The same commands on dockerd and on keelsond, by docker's clients: exit codes, output and errors.</summary>
public sealed partial class CommandComparisonTests(KeelsondHost keelsond, DockerdHost dockerd) : IClassFixture<KeelsondHost>, IClassFixture<DockerdHost>
{
    // Runs a command and prints it, its output, its errors and its code.
    private const string Preamble = """
        t() { echo "$ $*"; $CLIENT "$@" > /run/o 2> /run/e < /dev/null; c=$?; sed 's/^/1 /' /run/o; sed 's/^/2 /' /run/e; echo "= $c"; }
        # What has no order.
        sorted() { t "$@" > /run/t; head -n 1 /run/t; sed '1d;$d' /run/t | sort; tail -n 1 /run/t; }

        """;

    /// <summary>Why a command's words differ; docs/docker-api.md has the reasons.</summary>
    private const string OwnWords = "errors in our words", OwnRuntime = "errors of our runtime", OtherResult = "another result";

    /// <summary>Commands that are not the same here, and why.</summary>
    private static readonly Dictionary<string, string> Known = new()
    {
        ["exec xx nosuchprogram"] = OwnRuntime,
        ["exec -w /nosuch xx pwd"] = OwnRuntime,
        ["run --rm busybox:test nosuchprogram"] = OwnRuntime,
        ["run --rm busybox:test /etc/passwd"] = OwnRuntime,
        ["run --rm busybox:test /"] = OwnRuntime,
        ["cp /run/in/f cc:/etc/passwd/x"] = OwnWords,
        ["ps -a --filter since=nosuch --format {{.Names}}"] = OwnWords,
        ["load -i /etc/passwd"] = OwnWords,
        ["save nosuch"] = OwnWords,
        ["import /etc/passwd"] = OwnWords,
        ["pull 127.0.0.1:1/x:1"] = OwnWords,
        ["push nosuch:1"] = OwnWords,
        ["login -u a -p b 127.0.0.1:1"] = OwnWords,
        ["network create --subnet 10.123.1.0/24 overlap"] = OwnWords,
        ["network create --subnet bad x"] = OwnWords,
        ["network create -d nosuch x"] = OwnWords,
        ["run --rm --network net --ip 10.99.0.1 busybox:test true"] = OwnWords,
        ["run --rm --network net --ip 10.123.0.9 busybox:test true"] = OwnWords,
        ["network rm net"] = OwnWords,
        ["network connect host aa"] = OwnWords,
        ["run --rm -p 127.0.0.1:8099:80 busybox:test true"] = OwnWords,
        ["run --rm --link nosuch busybox:test true"] = OwnWords,
        ["run --rm --cpu-shares -1 busybox:test true"] = OwnWords,
        ["run --rm -v /a:relative busybox:test true"] = OwnWords,
        ["exec --privileged xx true"] = OtherResult,
        ["run --rm --privileged busybox:test sh -c grep -c . /proc/mounts > /dev/null && echo yes"] = OtherResult,
        ["ps -a --filter expose=90 --format {{.Names}}"] = OtherResult,
        ["images --format {{.Repository}}:{{.Tag}} {{.Digest}}"] = OtherResult,
        ["create --log-opt max-size=x busybox:test"] = OtherResult,
        ["network inspect -f {{.Name}} {{.Driver}} {{.Scope}} {{.Internal}} {{.EnableIPv6}} {{json .IPAM.Config}} {{json .Labels}} {{json .Containers}} net in"] = OtherResult,
        ["run --rm --network net busybox:test nslookup friend"] = OtherResult,
        ["version --format {{.Server.Os}} {{.Server.Arch}} {{.Server.MinAPIVersion}}"] = OtherResult,
        ["events --filter nosuch=1 --until 1"] = OtherResult,
        ["volume inspect -f {{.Name}} {{.Driver}} {{.Scope}} {{json .Labels}} {{json .Options}} data mem"] = OtherResult,
    };

    private static readonly string[] Clients = ["/usr/bin/docker"];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Clients", "scenarios");

    public static TheoryData<string, string> Scenarios => [.. Directory.GetFiles(Folder, "*.sh").Order(StringComparer.Ordinal).SelectMany(_ => Clients, (file, client) => (Path.GetFileNameWithoutExtension(file), client))];

    [ClientTheory("dockerd docker-compose"), MemberData(nameof(Scenarios))]
    public async Task Commands_do_the_same(string scenario, string client)
    {
        string[][] both = await Task.WhenAll(RunAsync(dockerd, scenario, client), RunAsync(keelsond, scenario, client));
        string[] theirs = both[0], ours = both[1];
        List<string> differences = [];
        foreach ((string[] expected, string[] got) in Commands(theirs).Zip(Commands(ours)))
        {
            Known.TryGetValue(expected[0][2..], out string? reason);
            bool isSame = expected.SequenceEqual(got);
            if (isSame && reason is not null) differences.Add("no longer a difference: " + expected[0]);
            // Known differences are of words; of codes where docs/docker-api.md says so.
            if (!isSame && (reason is null || expected[^1] != got[^1] && reason != OtherResult)) differences.Add($"dockerd:\n{string.Join('\n', expected)}\nkeelsond:\n{string.Join('\n', got)}");
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
        Assert.Equal(Commands(theirs).Count, Commands(ours).Count);
    }

    private static async Task<string[]> RunAsync(EngineHost engine, string scenario, string client)
    {
        await engine.Host.WriteAsync("/run/scenario.sh", $"CLIENT={client}\n{Preamble}{File.ReadAllText(Path.Combine(Folder, scenario + ".sh"))}");
        // What the client says of a request it gave up, and where to look for help, depends on how far it had come.
        return [.. (await engine.Host.RunAsync("sh", "/run/scenario.sh")).Succeeds().Stdout.TrimEnd('\n').Split('\n').Select(Normal).Where(line => !Chance().IsMatch(line))];
    }

    /// <summary>Lines by command.</summary>
    private static List<string[]> Commands(string[] lines)
    {
        List<string[]> commands = [];
        List<string> one = [];
        foreach (string line in lines)
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal) && one.Count > 0)
            {
                commands.Add([.. one]);
                one.Clear();
            }
            one.Add(line);
        }
        if (one.Count > 0) commands.Add([.. one]);
        return commands;
    }

    /// <summary>Without what differs from run to run.</summary>
    private static string Normal(string line)
    {
        line = Long().Replace(line, "ID");
        // We say the number of an error and its words.
        line = Number().Replace(line, "$1");
        line = Short().Replace(line, "SHORT");
        line = Moment().Replace(line, "TIME");
        return Ago().Replace(line, "AGO");
    }

    [GeneratedRegex(@"\bE[A-Z]+ \(([a-z ]+)\)")]
    private static partial Regex Number();

    [GeneratedRegex("error waiting for container: context canceled|^2 See 'docker run --help'")]
    private static partial Regex Chance();

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Long();

    [GeneratedRegex(@"\b[0-9a-f]{12}\b")]
    private static partial Regex Short();

    [GeneratedRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")]
    private static partial Regex Moment();

    [GeneratedRegex("(Less than a second|[0-9]+ seconds?|About a minute|[0-9]+ minutes?)( ago)?")]
    private static partial Regex Ago();
}
