using Keelson.Cli.Creating;
using Keelson.Cli.Parsing;
using Keelson.Cli.Terminal;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>run</c>: create, attach, start, wait.</summary>
internal static class RunCommand
{
    public static Command Command => new("make a container and run a command in it", "[options] IMAGE [COMMAND [ARGUMENT…]]", [.. CreateOptions.Run, .. CreateOptions.Common], Run)
    { Least = 1, StopsAtArgument = true, Completes = "images" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        bool isDetached = arguments.Flag("detach");
        ContainerCreateRequest request;
        ContainerCreateResponse created;
        try
        {
            request = CreateRequest.Of(arguments, isDetached);
            DetachKeys keys = new(arguments.Value("detach-keys"));
            CheckTerminal(request, isDetached);
            created = CreateCommand.Create(session, request);
            if (!isDetached && (request.AttachStdin || request.AttachStdout || request.AttachStderr)) return Attached(session, request, created.Id, keys);
        }
        catch (KeelsonException e) when (e is not UsageException)
        {
            Errors.Report("run", e);
            return ExitCodes.EngineFailed;
        }
        try
        {
            session.Client.StartContainer(created.Id, arguments.Value("detach-keys"));
        }
        catch (DockerException e)
        {
            Errors.Report("run", e);
            return ExitCodes.OfStart(e);
        }
        if (isDetached) Session.Print(created.Id);
        return 0;
    }

    /// <summary>A terminal inside is of no use to a pipe outside.</summary>
    public static void CheckTerminal(ContainerConfig config, bool isDetached)
    {
        if (!isDetached && config.Tty && config.AttachStdin && !RawTerminal.IsInput)
            throw new KeelsonException(ErrorKind.FailedPrecondition, "attach stdin: the input device is not a TTY; leave out -t");
    }

    private static int Attached(Session session, ContainerConfig config, string id, DetachKeys keys)
    {
        Arguments arguments = session.Arguments;
        Attachment attachment = new(session.Client, id, config.Tty)
        {
            Input = config.AttachStdin,
            Stdout = config.AttachStdout,
            Stderr = config.AttachStderr,
            DetachKeys = arguments.Value("detach-keys"),
            Keys = keys,
            PassesSignals = arguments.Flag("sig-proxy", otherwise: true),
        };
        return attachment.StartAndWait("run", arguments.Flag("rm") ? "removed" : "next-exit");
    }
}
