using System.Text.Json;
using Keelson.Cli.Parsing;
using Keelson.Cli.Templates;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.System;

/// <summary><c>info</c>.</summary>
internal static class InfoCommand
{
    public static Command Command => new("show what the engine tells of itself and the machine", "[options]", [Option.Value("f,format", "template", "json, or a template such as {{.Driver}}")], Run) { Most = 0 };

    private static int Run(Session session)
    {
        byte[] json = session.Client.GetInfoRaw();
        if (session.Arguments.Value("format") is { Length: > 0 } format)
        {
            Session.Print(Template.Parse(format == "json" ? "{{json .}}" : Listing.Listing.Unescape(format)).Execute(JsonMap.Parse(json, DockerJson.Default.SystemInfo)));
            return 0;
        }
        Show(JsonSerializer.Deserialize(json, DockerJson.Default.SystemInfo)!);
        return 0;
    }

    private static void Show(SystemInfo info)
    {
        Session.Print($"Client:\n Version: {BuildInfo.Version}\n\nServer:");
        Line("Containers", $"{info.Containers}");
        Line(" Running", $"{info.ContainersRunning}");
        Line(" Paused", $"{info.ContainersPaused}");
        Line(" Stopped", $"{info.ContainersStopped}");
        Line("Images", $"{info.Images}");
        Line("Server Version", info.ServerVersion);
        Line("Storage Driver", info.Driver);
        foreach (string[] pair in info.DriverStatus ?? []) Line(" " + pair[0], pair.Length > 1 ? pair[1] : "");
        Line("Logging Driver", info.LoggingDriver);
        Line("Cgroup Driver", info.CgroupDriver);
        Line("Cgroup Version", info.CgroupVersion ?? "1");
        Session.Print(" Plugins:");
        Line(" Volume", string.Join(' ', info.Plugins.Volume ?? []));
        Line(" Network", string.Join(' ', info.Plugins.Network ?? []));
        Line(" Log", string.Join(' ', info.Plugins.Log ?? []));
        Line("Swarm", info.Swarm.LocalNodeState);
        Line("Runtimes", string.Join(' ', (info.Runtimes ?? []).Keys.Order(StringComparer.Ordinal)));
        Line("Default Runtime", info.DefaultRuntime);
        Line("Init Binary", info.InitBinary);
        Line("containerd version", info.ContainerdCommit.ID);
        Line("runc version", info.RuncCommit.ID);
        Line("init version", info.InitCommit.ID);
        Session.Print(" Security Options:");
        foreach (string option in info.SecurityOptions ?? []) Session.Print("  " + Security(option));
        Line("Kernel Version", info.KernelVersion);
        Line("Operating System", info.OperatingSystem);
        Line("OSType", info.OSType);
        Line("Architecture", info.Architecture);
        Line("CPUs", $"{info.NCPU}");
        Line("Total Memory", Units.BinarySize(info.MemTotal));
        Line("Name", info.Name);
        Line("ID", info.ID);
        Line("Docker Root Dir", info.DockerRootDir);
        Line("Debug Mode", info.Debug ? "true" : "false");
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[("HTTP Proxy", info.HttpProxy), ("HTTPS Proxy", info.HttpsProxy), ("No Proxy", info.NoProxy)])
            if (value.Length > 0) Line(name, value);
        Line("Registry", info.IndexServerAddress);
        if (info.Labels is { Length: > 0 }) Session.Print(" Labels:\n  " + string.Join("\n  ", info.Labels));
        Line("Experimental", info.ExperimentalBuild ? "true" : "false");
        if (info.RegistryConfig?.InsecureRegistryCIDRs is { Length: > 0 } insecure) Session.Print(" Insecure Registries:\n  " + string.Join("\n  ", insecure));
        Line("Live Restore Enabled", info.LiveRestoreEnabled ? "true" : "false");
        foreach (string warning in info.Warnings ?? []) Output.Error(warning);
    }

    private static void Line(string name, string value) => Session.Print($" {name}: {value}");

    /// <summary><c>name=seccomp,profile=default</c> is told in two lines.</summary>
    private static string Security(string option) => string.Join("\n   ", option.Split(',').Select(part => part.StartsWith("name=", StringComparison.Ordinal) ? part[5..] : part.Replace("=", ": ", StringComparison.Ordinal)));
}
