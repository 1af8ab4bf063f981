using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Bridge;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.Tests;

/// <summary>A network namespace of a test, and programs in it.</summary>
internal sealed class Place : IDisposable
{
    /// <summary>How long an answer is waited for: servers are programs that are started for each question.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string path;
    private readonly List<ChildProcess> servers = [];

    private readonly bool isOwn;

    /// <param name="path">The file of the namespace.</param>
    /// <param name="isOwn">Whether it is made here and goes with this.</param>
    public Place(string path, bool isOwn = true)
    {
        (this.path, this.isOwn) = (path, isOwn);
        if (isOwn) SandboxNamespace.Make(path);
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
    /// <param name="program">What serves each connection.</param>
    public void Serve(string listen, string program = "read question; echo from $SOCAT_PEERADDR")
    {
        servers.Add(ChildProcess.Start(["nsenter", "--net=" + path, "socat", listen + ",fork,reuseaddr", "SYSTEM:" + program]));
        string port = listen.Split(':')[1].Split(',')[0];
        Condition.Await("a server at " + listen, () => Run(["ss", "-Hlntu", "sport", "=", ":" + port]).Stdout.Length > 0);
    }

    /// <summary>Serves TCP of both families at a port.</summary>
    public void ServeTcp(int port) => Serve($"TCP6-LISTEN:{port},ipv6only=0");

    /// <summary>Asks a server; who it says that the question comes from, or <see langword="null"/> when nobody answers.</summary>
    public async Task<string?> AskAsync(string address, int port, ProtocolType protocol = ProtocolType.Tcp)
    {
        using Socket socket = Open(address, protocol);
        using CancellationTokenSource limit = new(Patience);
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port, limit.Token);
            await socket.SendAsync("x\n"u8.ToArray(), limit.Token);
            byte[] answer = new byte[200];
            // The line ends with the connection, or is one datagram.
            int length = 0;
            while (length == 0 || answer[length - 1] != '\n')
            {
                int count = await socket.ReceiveAsync(answer.AsMemory(length), limit.Token);
                if (count == 0) return null;
                length += count;
            }
            const string Before = "from ";
            string text = System.Text.Encoding.ASCII.GetString(answer, 0, length).Trim();
            return text.StartsWith(Before, StringComparison.Ordinal) ? Plain(text[Before.Length..]) : null;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Whether nobody lets a connection of TCP in. What is thrown away is waited for for a short time only.</summary>
    public async Task<bool> IsRefusedAsync(string address, int port)
    {
        using Socket socket = Open(address, ProtocolType.Tcp);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(0.5));
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port, limit.Token);
            return false;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return true;
        }
    }

    public void Dispose()
    {
        foreach (ChildProcess server in servers)
        {
            server.Signal(Signals.SIGKILL);
            server.WaitForEnd();
            server.Dispose();
        }
        File.Dispose();
        if (isOwn) SandboxNamespace.Remove(path);
    }

    private Socket Open(string address, ProtocolType protocol) =>
        new NetworkPlace(File).Run(() => new Socket(IPAddress.Parse(address).AddressFamily, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol));

    /// <summary>socat writes IPv6 in brackets and in full, and IPv4 on a socket of both as IPv6.</summary>
    private static string Plain(string address)
    {
        IPAddress parsed = IPAddress.Parse(address.Trim('[', ']'));
        return (parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed).ToString();
    }
}
