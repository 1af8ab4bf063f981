using System.Text.Json;
using Keelson.Cni.Client;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Sandboxes;
using Keelson.Network.Tests;

namespace Keelson.Cni.Tests;

/// <summary>A host of a test's own, with containers that are network namespaces, and the plug-in to be asked there.</summary>
internal sealed class Lab : IDisposable
{
    /// <summary>Where Debian has plug-ins.</summary>
    public const string Plugins = "/usr/lib/cni";

    private const string Subnet = """  "ipam":{"subnet":"10.50.0.0/24"},  """;

    private readonly List<Place> places = [];

    public Lab()
    {
        Host = Make("host");
        Host.Ip("link set lo up");
        Directory.CreateDirectory(Folder + "/bin");
        File.CreateSymbolicLink(Folder + "/bin/keelson", Program);
    }

    /// <summary>The plug-in's program; <c>KEELSON_TEST_CNI</c> names another one, such as the published.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("KEELSON_TEST_CNI") is { Length: > 0 } path ? Path.GetFullPath(path) : Repository.Root + "/artifacts/bin/keelson-cni/debug/keelson-cni";

    public string Folder { get; } = TestDirectory.Make("cni");

    public Place Host { get; }

    public string State => Folder + "/state";

    /// <summary>Where programs of plug-ins are looked for: ours, the test's own, Debian's.</summary>
    public CniDirectories Directories => new([Folder + "/net.d"], [Folder + "/bin", Plugins]);

    /// <summary>The path of a namespace.</summary>
    public string PathOf(string name) => $"{Folder}/{name}";

    /// <summary>A container.</summary>
    public Place Make(string name)
    {
        Place made = new(PathOf(name));
        places.Add(made);
        return made;
    }

    /// <summary>The configuration of a network of ours.</summary>
    /// <param name="rest">Members besides version, name, type and directory; each with a comma behind.</param>
    /// <param name="version">The version.</param>
    public string Config(string rest = Subnet, string version = "1.1.0") => $$"""{"cniVersion":"{{version}}","name":"net",{{rest}}"stateDir":"{{State}}","type":"keelson"}""";

    /// <summary>Asks the plug-in.</summary>
    /// <param name="command">For what.</param>
    /// <param name="config">What it reads.</param>
    /// <param name="container">For which container; its namespace is the place of this name.</param>
    /// <param name="more">Variables in place of those that follow from it.</param>
    public CommandResult Ask(string command, string config, string container = "c1", params IReadOnlyList<(string Name, string Value)> more)
    {
        using ChildProcess asked = Start(command, config, container, more);
        return asked.WaitForEnd();
    }

    /// <inheritdoc cref="Ask"/>
    public ChildProcess Start(string command, string config, string container = "c1", params IReadOnlyList<(string Name, string Value)> more) =>
        ChildProcess.Start(["nsenter", "--net=" + PathOf("host"), Program], new() { Input = config, Environment = Variables(command, container, more) });

    /// <summary>The environment of a call.</summary>
    public Dictionary<string, string> Variables(string command, string container, params IReadOnlyList<(string Name, string Value)> more)
    {
        Dictionary<string, string> variables = new()
        {
            ["CNI_COMMAND"] = command, ["CNI_CONTAINERID"] = container, ["CNI_NETNS"] = PathOf(container), ["CNI_IFNAME"] = "eth0", ["CNI_PATH"] = $"{Folder}/bin:{Plugins}",
        };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } runtime) variables["DOTNET_ROOT"] = runtime;
        foreach ((string name, string value) in more) variables[name] = value;
        return variables;
    }

    /// <summary>Has a container join, which must go well.</summary>
    public JsonElement Add(string config, string container = "c1", params IReadOnlyList<(string Name, string Value)> more) => Json(Ask("ADD", config, container, more).Succeeds().Stdout);

    /// <summary>Asks for something that must fail.</summary>
    /// <returns>The number of the error and its words.</returns>
    public (int Code, string Words) Refused(string command, string config, string container = "c1", params IReadOnlyList<(string Name, string Value)> more)
    {
        CommandResult result = Ask(command, config, container, more);
        Assert.True(result.ExitCode == 1, result.ToString());
        JsonElement error = Json(result.Stdout);
        return (error.GetProperty("code").GetInt32(), error.GetProperty("msg").GetString()!);
    }

    /// <summary>Writes a program.</summary>
    public void Write(string name, string text)
    {
        string path = $"{Folder}/bin/{name}";
        File.WriteAllText(path, text);
        Files.TryChangeMode(path, 0b111_101_101).ThrowIfError("chmod", path);
    }

    /// <summary>Describes a network.</summary>
    public void Describe(string file, string text)
    {
        Directory.CreateDirectory(Folder + "/net.d");
        File.WriteAllText($"{Folder}/net.d/{file}", text);
    }

    /// <summary>What is left on the host of all networks: devices but the loopback device, tables, records.</summary>
    public string Left()
    {
        string records = string.Join(' ', ((string[])["networks", "run/sandboxes"]).Where(folder => Directory.Exists($"{State}/{folder}")).SelectMany(folder => Directory.GetFiles($"{State}/{folder}")).Select(Path.GetFileName));
        string devices = string.Join(' ', Host.Ip("-br link").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Where(name => name != "lo"));
        return $"{devices}|{Host.Nft("list", "tables").Trim()}|{records}";
    }

    public NetworkPlace HostPlace => new(Host.File);

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();

    public void Dispose()
    {
        for (int i = places.Count - 1; i >= 0; i--) places[i].Dispose();
        TestDirectory.Remove(Folder);
    }
}
