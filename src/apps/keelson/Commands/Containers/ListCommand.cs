using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>ps</c>, <c>container ls</c>.</summary>
internal static class ListCommand
{
    public static Command Command => new("list containers", "[options]",
    [
        Option.Flag("a,all", "also those that do not run"),
        FilterOptions.Option,
        FilterOptions.Format,
        Option.Value("n,last", "number", "the newest ones, whatever their state"),
        Option.Flag("l,latest", "the newest one, whatever its state"),
        Option.Flag("no-trunc", "cut nothing off"),
        Option.Flag("q,quiet", "IDs alone"),
        Option.Flag("s,size", "sizes too"),
    ], Run)
    { Most = 0 };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        bool isShort = !arguments.Flag("no-trunc"), isQuiet = arguments.Flag("quiet");
        string? format = arguments.Value("format");
        bool withSize = arguments.Flag("size") || format is not null && (format.Contains(".Size", StringComparison.Ordinal) || format.Contains("json", StringComparison.Ordinal));
        int? limit = arguments.Flag("latest") ? 1 : (int?)arguments.Number("last") is > 0 and var last ? last : null;
        if (format is null or "" or "table")
        {
            using ContainerLines lines = session.Client.ReadContainerLines(arguments.Flag("all"), limit, withSize, FilterOptions.Of(arguments));
            if (!isQuiet) ContainerRows.TableOf(Each(lines), session.Time.GetUtcNow(), isShort, withSize).Print();
            else PrintIds(lines, isShort, format == "table");
            return 0;
        }
        // A template may ask for anything.
        ContainerSummary[] containers = session.Client.ListContainers(arguments.Flag("all"), limit, withSize, FilterOptions.Of(arguments));
        ContainerRows.Listing.Write(format, ContainerRows.Table, containers.Select(container => ContainerRows.Of(container, session.Time, isShort)));
        return 0;
    }

    private static void PrintIds(ContainerLines lines, bool isShort, bool hasTitle)
    {
        if (hasTitle) Session.Print("CONTAINER ID");
        foreach (ContainerLine line in Each(lines)) Session.Print(ContainerRows.Id(line.Id, isShort));
    }

    private static IEnumerable<ContainerLine> Each(ContainerLines lines)
    {
        while (lines.TryRead(out ContainerLine line)) yield return line;
    }
}
