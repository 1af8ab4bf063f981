using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>stats</c>.</summary>
internal static class StatsCommand
{
    private const string Table = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";

    private static readonly Listing.Listing Listing = new("Container=CONTAINER", "ID=CONTAINER ID", "Name=NAME", "CPUPerc=CPU %", "MemUsage=MEM USAGE / LIMIT", "MemPerc=MEM %",
        "NetIO=NET I/O", "BlockIO=BLOCK I/O", "PIDs=PIDS");

    public static Command Command => new("show what containers use, again and again", "[options] [CONTAINER…]",
    [
        Option.Flag("a,all", "also those that do not run"),
        FilterOptions.Format,
        Option.Flag("no-stream", "show it once"),
        Option.Flag("no-trunc", "cut nothing off"),
    ], Run)
    { Completes = "running" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        bool isOnce = arguments.Flag("no-stream"), isShort = !arguments.Flag("no-trunc"), ofAll = arguments.Words.Count == 0;
        while (true)
        {
            List<string> names = ofAll ? [.. session.Client.ListContainers(arguments.Flag("all")).Select(container => container.Id)] : arguments.Words;
            List<Row> rows = Sample(session, names, isShort, ofAll);
            string text = Listing.Format(arguments.Value("format"), Table, rows);
            if (!isOnce) text = "\e[2J\e[H" + text;
            Output.Write(text);
            Output.Flush();
            if (isOnce) return 0;
        }
    }

    /// <summary>One sample of each; the engine takes them at the same time, and needs a second or two.</summary>
    private static List<Row> Sample(Session session, List<string> names, bool isShort, bool ofAll)
    {
        List<(string Name, ByteStream Stream)> streams = [];
        try
        {
            foreach (string name in names)
            {
                try
                {
                    streams.Add((name, session.Client.Stats(name, follow: true)));
                }
                catch (DockerException e) when (e.Status == 404 && ofAll)
                {
                    // It has gone since the list was made.
                }
            }
            List<Row> rows = [];
            foreach ((string name, ByteStream stream) in streams)
            {
                JsonStream samples = new(stream);
                // The first sample of a stream has no figures before it to compare with.
                if (samples.Read(DockerJson.Default.ContainerStats) is not { } stats) continue;
                if (stats.PreCpuStats.SystemUsage == 0 && samples.Read(DockerJson.Default.ContainerStats) is { } second) stats = second;
                rows.Add(StatsRow.Of(name, stats, isShort));
            }
            return rows;
        }
        finally
        {
            foreach ((_, ByteStream stream) in streams) stream.Dispose();
        }
    }
}
