using Keelson.Cli.Parsing;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>logs</c>.</summary>
internal static class LogsCommand
{
    public static Command Command => new("show what a container has written", "[options] CONTAINER",
    [
        Option.Flag("details", "also what the logging driver was told of labels and variables"),
        Option.Flag("f,follow", "go on until the container ends"),
        Option.Value("since", "time", "from a time on: 2026-01-31T12:00:00 or 10m"),
        Option.Value("n,tail", "number", "that many lines from the end (all)"),
        Option.Flag("t,timestamps", "with the time of each line"),
        Option.Value("until", "time", "up to a time"),
    ], Run)
    { Least = 1, Most = 1, Completes = "containers" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        ContainerInspect container = session.Client.InspectContainer(arguments.Words[0]);
        using ByteStream stream = session.Client.Logs(container.Id, new()
        {
            Since = Times.Parse(arguments.Value("since"), session.Time),
            Until = Times.Parse(arguments.Value("until"), session.Time),
            Timestamps = arguments.Flag("timestamps"),
            Follow = arguments.Flag("follow"),
            Tail = arguments.Value("tail") ?? "all",
            Details = arguments.Flag("details"),
        });
        bool isTerminal = container.Config?.Tty == true;
        FrameReader frames = new();
        byte[] buffer = new byte[32 << 10];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            if (isTerminal) Output.Write(buffer.AsSpan(0, count));
            else frames.Take(buffer.AsSpan(0, count), (kind, data) => Output.WriteTo(kind == 1 ? 1 : 2, data));
        }
        return 0;
    }
}
