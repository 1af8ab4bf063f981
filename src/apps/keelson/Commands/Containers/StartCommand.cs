using Keelson.Cli.Parsing;
using Keelson.Cli.Terminal;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>start</c>, <c>attach</c>.</summary>
internal static class StartCommand
{
    private static readonly Option Keys = Option.Value("detach-keys", "keys", "the keys that leave the container alone");

    public static Command Start => new("start containers", "[options] CONTAINER…",
        [Option.Flag("a,attach", "connect to its output and pass signals on"), Keys, Option.Flag("i,interactive", "connect to its input")], RunStart)
    { Least = 1, Completes = "containers" };

    public static Command Attach => new("connect to a running container", "[options] CONTAINER",
        [Keys, Option.Flag("no-stdin", "do not connect to its input"), Option.Flag("sig-proxy", "pass signals on to the container (true)")], RunAttach)
    { Least = 1, Most = 1, Completes = "running" };

    private static int RunStart(Session session)
    {
        Arguments arguments = session.Arguments;
        if (!arguments.Flag("attach") && !arguments.Flag("interactive"))
            return Session.ForEach(arguments.Words, "start", id =>
            {
                session.Client.StartContainer(id, arguments.Value("detach-keys"));
                Session.Print(id);
            });
        if (arguments.Words.Count > 1) throw new UsageException("can attach to one container only", exitCode: 1);
        ContainerInspect container = session.Client.InspectContainer(arguments.Words[0]);
        ContainerConfig config = container.Config ?? new();
        Attachment attachment = new(session.Client, container.Id, config.Tty)
        {
            Input = arguments.Flag("interactive") && config.OpenStdin,
            DetachKeys = arguments.Value("detach-keys"),
            Keys = new(arguments.Value("detach-keys")),
            PassesSignals = !config.Tty,
        };
        return attachment.StartAndWait("start", container.HostConfig?.AutoRemove == true ? "removed" : "next-exit");
    }

    private static int RunAttach(Session session)
    {
        Arguments arguments = session.Arguments;
        ContainerInspect container = session.Client.InspectContainer(arguments.Words[0]);
        ContainerConfig config = container.Config ?? new();
        string operation = $"attach to {arguments.Words[0]}: ";
        if (container.State is not { Running: true }) throw new KeelsonException(ErrorKind.FailedPrecondition, operation + "it is not running; start it first");
        if (container.State.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, operation + "it is paused; unpause it first");
        if (container.State.Restarting) throw new KeelsonException(ErrorKind.FailedPrecondition, operation + "it is restarting; wait until it runs");
        bool input = !arguments.Flag("no-stdin") && config.OpenStdin;
        RunCommand.CheckTerminal(config with { AttachStdin = input }, isDetached: false);
        Attachment attachment = new(session.Client, container.Id, config.Tty)
        {
            Input = input,
            DetachKeys = arguments.Value("detach-keys"),
            Keys = new(arguments.Value("detach-keys")),
            PassesSignals = arguments.Flag("sig-proxy", otherwise: true) && !config.Tty,
        };
        return attachment.Follow();
    }
}
