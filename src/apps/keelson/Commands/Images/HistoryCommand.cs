using System.Globalization;
using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;

namespace Keelson.Cli.Commands.Images;

/// <summary><c>history</c>.</summary>
internal static class HistoryCommand
{
    private const int CommandWidth = 45;
    private const string Table = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";

    private static readonly Listing.Listing Listing = new("ID=IMAGE", "CreatedSince=CREATED", "CreatedAt=CREATED AT", "CreatedBy=CREATED BY", "Size=SIZE", "Comment=COMMENT");

    public static Command Command => new("show the steps of an image's making", "[options] IMAGE",
    [
        FilterOptions.Format,
        Option.Flag("H,human", "sizes and times for people (true)"),
        Option.Flag("no-trunc", "cut nothing off"),
        Option.Flag("q,quiet", "IDs alone"),
    ], Run)
    { Least = 1, Most = 1, Completes = "images" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        bool isShort = !arguments.Flag("no-trunc"), isHuman = arguments.Flag("human", otherwise: true);
        Listing.Write(arguments.Value("format"), arguments.Flag("quiet") ? "{{.ID}}" : isHuman ? Table : Table.Replace("CreatedSince", "CreatedAt", StringComparison.Ordinal), session.Client.History(arguments.Words[0]).Select(step => new Row
        {
            ["ID"] = isShort ? Ellipsis.ShortId(step.Id) : step.Id,
            ["CreatedSince"] = isHuman ? step.Created <= 0 ? "N/A" : Times.Ago(step.Created, session.Time) : Date(step.Created),
            ["CreatedAt"] = Date(step.Created),
            ["CreatedBy"] = step.CreatedBy.Replace('\t', ' ') is var by && isShort ? Ellipsis.Cut(by, CommandWidth) : step.CreatedBy.Replace('\t', ' '),
            ["Size"] = isHuman ? Units.Size(step.Size) : step.Size.ToString(CultureInfo.InvariantCulture),
            ["Comment"] = step.Comment,
        }));
        return 0;

        string Date(long created) => Times.Nano(created * 1_000_000_000, session.Time).Replace(".000000000", "", StringComparison.Ordinal);
    }
}
