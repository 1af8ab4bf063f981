using System.Globalization;
using Keelson.Network.Control;

namespace Keelson.Bench.Network;

/// <summary>A process of its own that serves names as keelsond does, so that who asks and who answers share nothing.</summary>
internal static class NameService
{
    public const string Command = "serve-names", Client = "client", Address = "10.93.0.2", Subnet = "10.93.0.0/24";

    /// <summary>Serves until it is killed; <c>ready</c> in the folder says that it does.</summary>
    public static int Run(string folder)
    {
        using Engine engine = new(folder, "keelson-names");
        engine.Create("net", Subnet);
        Engine.Wait(engine.Controller.OpenAsync(new SandboxWish
        {
            ContainerId = "web", Names = ["web"],
            Endpoints = [new("net") { Ipv4 = System.Net.IPAddress.Parse(Address), Aliases = [.. Enumerable.Range(0, DnsLoad.Names).Select(i => string.Create(CultureInfo.InvariantCulture, $"n{i}"))] }],
        }));
        Engine.Wait(engine.Controller.OpenAsync(new SandboxWish { ContainerId = Client, Names = [Client], Endpoints = [new("net")] }));
        File.WriteAllText(folder + "/ready", "");
        while (true) Wait.Milliseconds(-1);
    }
}
