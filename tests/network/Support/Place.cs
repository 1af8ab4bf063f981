using System.Net;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Bridge;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests;

/// <summary>A network namespace of a test, and programs in it.</summary>
internal sealed class Place : IDisposable
{
    private readonly string path;
    private readonly List<ChildProcess> servers = [];

    public Place(string path)
    {
        this.path = path;
        SandboxNamespace.Make(path);
        File = SandboxNamespace.Open(path);
    }

    public FdHandle File { get; }

    public IPAddress? Ipv4 { get; set; }

    public IPAddress? Ipv6 { get; set; }

    public BridgeEndpoint? Endpoint { get; set; }

    /// <summary>Runs a program inside.</summary>
    public CommandResult Run(params IReadOnlyList<string> command) => ChildProcess.Run(["nsenter", "--net=" + path, .. command]);

    /// <summary>Runs <c>ip</c> inside; <c>/proc/self/fd/0</c> stands for another place.</summary>
    public string Ip(string arguments, Place? other = null) => Run(["ip", .. arguments.Replace("/proc/self/fd/0", other?.path, StringComparison.Ordinal).Split(' ')]).Succeeds().Stdout;

    /// <summary>Runs <c>nft</c> inside.</summary>
    public string Nft(params IReadOnlyList<string> arguments) => Run(["nft", .. arguments]).Succeeds().Stdout;

    /// <summary>Serves: each connection is told who it comes from.</summary>
    /// <param name="listen">socat's word for where: <c>TCP6-LISTEN:80,ipv6only=0</c>.</param>
    public void Serve(string listen)
    {
        servers.Add(ChildProcess.Start(["nsenter", "--net=" + path, "socat", listen + ",fork,reuseaddr", "SYSTEM:read question; echo from $SOCAT_PEERADDR"]));
        string port = listen.Split(':')[1].Split(',')[0];
        Condition.Await("a server at " + listen, () => Run(["ss", "-Hlntu", "sport", "=", ":" + port]).Stdout.Length > 0);
    }

    /// <summary>Serves TCP of both families at a port.</summary>
    public void ServeTcp(int port) => Serve($"TCP6-LISTEN:{port},ipv6only=0");

    /// <summary>Asks a server; who it says that the question comes from, or <see langword="null"/> when nobody answers.</summary>
    public string? Ask(string address, int port, string protocol = "TCP", double seconds = 15)
    {
        string target = address.Contains(':', StringComparison.Ordinal) ? $"{protocol}6:[{address}]:{port}" : $"{protocol}4:{address}:{port}";
        string patience = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        // Of UDP nobody says that it is over: the answer is one line.
        string[] program = ["nsenter", "--net=" + path, "socat", "-t", patience, "-T", patience, "STDIO", target + (protocol == "TCP" ? ",connect-timeout=" + patience : "")];
        CommandResult answer = protocol == "TCP" ? ChildProcess.Run(program, new() { Input = "x\n" }) : ChildProcess.Run(["sh", "-c", "echo x | \"$@\" | head -n1", "sh", .. program]);
        const string Before = "from ";
        return answer.Stdout.StartsWith(Before, StringComparison.Ordinal) ? Plain(answer.Stdout[Before.Length..].Trim()) : null;
    }

    /// <summary>Whether nobody answers; what is thrown away is waited for for a short time only.</summary>
    public bool IsRefused(string address, int port, string protocol = "TCP") => Ask(address, port, protocol, 0.4) is null;

    public void Dispose()
    {
        foreach (ChildProcess server in servers)
        {
            server.Signal(Signals.SIGKILL);
            server.WaitForEnd();
            server.Dispose();
        }
        File.Dispose();
        SandboxNamespace.Remove(path);
    }

    /// <summary>socat writes IPv6 in brackets and in full, and IPv4 on a socket of both as IPv6.</summary>
    private static string Plain(string address)
    {
        IPAddress parsed = IPAddress.Parse(address.Trim('[', ']'));
        return (parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed).ToString();
    }
}
