namespace Keelson.Guest.Support;

/// <summary>Two network namespaces: one in which a user's programs run, and one that stands for a machine beside it and serves a word.</summary>
/// <remarks>
/// <code>
///   user's programs 198.51.100.1 ── 198.51.100.2, http://198.51.100.2:7000/word
/// </code>
/// </remarks>
public sealed class TwoMachines : IDisposable
{
    /// <summary>What the other machine serves.</summary>
    public const string Word = "outside", Address = "http://198.51.100.2:7000/word";

    private const string Own = "keelson-own", Other = "keelson-other";
    private readonly string folder = TestDirectory.Make("served");
    private readonly ChildProcess server;

    /// <summary>Makes them.</summary>
    public TwoMachines()
    {
        foreach (string name in (string[])[Own, Other])
        {
            Machine.Run("ip", "netns", "add", name).Succeeds();
            Ip(name, "link set lo up");
        }
        Ip(Own, $"link add up0 type veth peer name eth0 netns {Other}");
        foreach ((string name, string device, string address) in ((string, string, string)[])[(Own, "up0", "198.51.100.1/24"), (Other, "eth0", "198.51.100.2/24")])
        {
            Ip(name, $"address add {address} dev {device}");
            Ip(name, $"link set {device} up");
        }
        Ip(Own, "route add default via 198.51.100.2");
        Serve("word", Word);
        server = ChildProcess.Start([.. Enter(Other), "busybox", "httpd", "-f", "-p", "7000", "-h", folder]);
    }

    /// <summary>Words before a command that lead it to where the user's programs run.</summary>
    public static IReadOnlyList<string> Prefix => Enter(Own);

    /// <summary>What pasta is told: a device as that of its own namespace, a way out that does not lead to its loopback device, port 80 for what comes to 8080.</summary>
    public static IReadOnlyList<string> PastaOptions => ["--config-net", "--ipv4-only", "--no-map-gw", "--tcp-ns", "none", "--udp-ns", "none", "--udp-ports", "none", "--tcp-ports", "8080:80"];

    /// <summary>Lets the other machine serve a file.</summary>
    public void Serve(string name, string text) => File.WriteAllText($"{folder}/{name}", text + "\n");

    /// <summary>Asks for a file at port 8080 of the user's machine from the other, until somebody serves there.</summary>
    /// <exception cref="OperationCanceledException">Nobody does.</exception>
    public static async Task<string> AskAsync(string name)
    {
        using HttpClient client = new(NamespaceClient.Handler("/run/netns/" + Other));
        using CancellationTokenSource limit = new(Machine.Patience);
        while (true)
        {
            try
            {
                return await client.GetStringAsync(new Uri("http://198.51.100.1:8080/" + name), limit.Token);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        server.Dispose();
        foreach (string name in (string[])[Own, Other]) Machine.Run("ip", "netns", "delete", name).Succeeds();
        TestDirectory.Remove(folder);
    }

    private static string[] Enter(string name) => ["nsenter", "--net=/run/netns/" + name, "--"];

    private static void Ip(string name, string arguments) => Machine.Run(["ip", "-n", name, .. arguments.Split(' ')]).Succeeds();
}
