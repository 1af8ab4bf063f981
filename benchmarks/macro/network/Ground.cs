using System.Net;
using System.Net.Sockets;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>The namespaces that the benchmark was started in, made a host: a tmpfs for all state, and whatever processes print.</summary>
internal sealed class Ground
{
    /// <summary>An address of the host that is none of the loopback network's.</summary>
    public const string HostAddress = "198.51.100.1";

    public Ground()
    {
        Native.Check(Native.mount("tmpfs", "/run", "tmpfs", Native.MS_NOSUID, "mode=755"), "mount tmpfs on /run");
        foreach (string folder in (string[])[Folder, "/run/netns", "/run/lock"]) Directory.CreateDirectory(folder);
        Spawner = new(Folder + "/log");
        Must("ip link set lo up", "ip address add 198.51.100.1/32 dev lo", "sysctl -qw net.ipv4.ip_forward=1");
    }

    /// <summary>A folder on the tmpfs.</summary>
    public static string Folder => "/run/bench";

    public Spawner Spawner { get; }

    /// <summary>Runs lines of a shell that must succeed.</summary>
    public string Must(params string[] lines)
    {
        _ = Spawner.TakeOutput();
        string text = string.Join('\n', lines);
        Ending ending = Spawner.Run(new(["/bin/sh", "-euc", text]));
        string output = Spawner.TakeOutput();
        return ending.Failures == 0 ? output : throw new InvalidOperationException($"{text}: {output}");
    }

    /// <summary>Writes a file.</summary>
    /// <returns>Where.</returns>
    public static string Write(string name, string text, bool isProgram = false)
    {
        string path = $"{Folder}/{name}";
        File.WriteAllText(path, text);
        if (isProgram) Files.TryChangeMode(path, 0b101_000_000).ThrowIfError("chmod", path);
        return path;
    }

    /// <summary>A named network namespace, made by <c>ip netns add</c> when it is not there.</summary>
    public NetworkPlace Place(string name)
    {
        if (!File.Exists("/run/netns/" + name)) Must($"ip netns add {name}", $"ip -n {name} link set lo up");
        return new(SandboxNamespace.Open("/run/netns/" + name));
    }

    /// <summary>A socket of a namespace.</summary>
    public static Socket Open(NetworkPlace place, ProtocolType protocol)
    {
        Socket socket = place.Run(() => new Socket(AddressFamily.InterNetwork, protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream, protocol));
        if (protocol == ProtocolType.Tcp) socket.NoDelay = true;
        return socket;
    }

    /// <summary>Fails unless a published port leads to a container.</summary>
    public static void CheckPublished(NetworkPlace container, int port, int hostPort)
    {
        using Socket server = Open(container, ProtocolType.Tcp), client = Open(new(), ProtocolType.Tcp);
        server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        server.Bind(new IPEndPoint(IPAddress.Any, port));
        server.Listen();
        client.SendTimeout = 5000;
        client.Connect(IPAddress.Parse(HostAddress), hostPort);
    }
}
