using Keelson.Cli.Creating;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>top</c>, <c>diff</c>, <c>port</c>, <c>update</c>, <c>container prune</c>.</summary>
internal static class TellCommands
{
    private const int TopWidth = 20;

    public static Command Top => new("show the processes of a container", "CONTAINER [OPTION OF PS…]", [], session =>
    {
        ContainerTop top = session.Client.Top(session.Arguments.Words[0], string.Join(' ', session.Arguments.Words.Skip(1)));
        TextTable table = new(TopWidth);
        table.Add(top.Titles ?? [""]);
        foreach (string[] process in top.Processes ?? []) table.Add(process);
        Output.Write(table.ToString());
        return 0;
    })
    { Least = 1, StopsAtArgument = true, Completes = "running" };

    public static Command Diff => new("show what a container has changed of its image", "CONTAINER", [], session =>
    {
        foreach (ContainerChange change in session.Client.Changes(session.Arguments.Words[0]))
            Session.Print((change.Kind switch { 0 => "C ", 1 => "A ", 2 => "D ", _ => "? " }) + change.Path);
        return 0;
    })
    { Least = 1, Most = 1, Completes = "containers" };

    public static Command Port => new("show the published ports of a container", "CONTAINER [PORT[/PROTOCOL]]", [], RunPort) { Least = 1, Most = 2, Completes = "running" };

    public static Command Update => new("change the limits, published ports and mounts of containers", "[options] CONTAINER…",
        [.. CreateOptions.Common.Where(option => option.Name is "blkio-weight" or "cpu-period" or "cpu-quota" or "cpu-rt-period" or "cpu-rt-runtime" or "cpu-shares" or "cpus" or "cpuset-cpus"
            or "cpuset-mems" or "kernel-memory" or "memory" or "memory-reservation" or "memory-swap" or "pids-limit" or "restart"),
            Option.List("mount-add", "type=…,source=…,target=…", "add a mount, at once when it runs"),
            Option.List("mount-rm", "path", "take a mount away, at once when it runs"),
            Option.List("p,publish", "port", "all ports that are published from now on; none: of no port")], RunUpdate)
    { Least = 1, Completes = "containers" };

    public static Command Prune => new("remove all containers that do not run", "[options]", [FilterOptions.LongOption, Option.Flag("f,force", "do not ask")], session =>
    {
        if (!Confirmation.Get(session, "This will remove all stopped containers.")) return 0;
        ContainersPruneResponse pruned = session.Client.PruneContainers(FilterOptions.Of(session.Arguments));
        Confirmation.Tell("Deleted Containers:", pruned.ContainersDeleted, pruned.SpaceReclaimed);
        return 0;
    })
    { Most = 0 };

    private static int RunPort(Session session)
    {
        string container = session.Arguments.Words[0];
        Dictionary<string, PortBinding[]?> ports = session.Client.InspectContainer(container).NetworkSettings?.Ports ?? [];
        if (session.Arguments.Word(1) is { } wanted)
        {
            string port = wanted.Contains('/', StringComparison.Ordinal) ? wanted : wanted + "/tcp";
            if (ports.GetValueOrDefault(port) is not { Length: > 0 } bindings) throw new KeelsonException(ErrorKind.NotFound, $"no public port '{port}' published for {container}");
            foreach (PortBinding binding in bindings) Session.Print(Address(binding));
            return 0;
        }
        foreach ((string port, PortBinding[]? bindings) in ports.OrderBy(p => int.Parse(p.Key.AsSpan(0, p.Key.IndexOf('/', StringComparison.Ordinal)))).ThenBy(p => p.Key, StringComparer.Ordinal))
            foreach (PortBinding binding in bindings ?? [])
                Session.Print($"{port} -> {Address(binding)}");
        return 0;
    }

    private static string Address(PortBinding binding) => $"{binding.HostIp}:{binding.HostPort}";

    private static int RunUpdate(Session session)
    {
        Arguments arguments = session.Arguments;
        ContainerUpdateRequest request = new();
        ResourceOptions.ApplyLimits(request, arguments);
        if (arguments.Value("restart") is { } restart) request.RestartPolicy = HostOptions.Restart(restart);
        if (arguments.List("publish") is { Count: > 0 } ports)
        {
            request.PortBindings = [];
            foreach (string port in ports)
                if (port != "none") PortSpec.Publish(port, request.PortBindings, []);
        }
        if (arguments.List("mount-add") is { Count: > 0 } come) request.AddMounts = [.. come.Select(MountOptions.Parse)];
        if (arguments.ListOrNull("mount-rm") is { } gone) request.RemoveMounts = gone;
        return Session.ForEach(arguments.Words, "update", id =>
        {
            ContainerUpdateResponse response = session.Client.UpdateContainer(id, request);
            foreach (string warning in response.Warnings ?? []) Output.Error(warning);
            Session.Print(id);
        });
    }
}
