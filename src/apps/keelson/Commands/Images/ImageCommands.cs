using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Images;

/// <summary><c>images</c>, <c>tag</c>, <c>rmi</c>, <c>image prune</c>.</summary>
internal static class ImageCommands
{
    public static Command List => new("list images", "[options] [NAME[:TAG]]",
    [
        Option.Flag("a,all", "also those that are steps of others"),
        Option.Flag("digests", "digests too"),
        FilterOptions.Option,
        FilterOptions.Format,
        Option.Flag("no-trunc", "cut nothing off"),
        Option.Flag("q,quiet", "IDs alone"),
    ], RunList)
    { Most = 1, Completes = "images" };

    public static Command Tag => new("give an image another name", "IMAGE NAME[:TAG]", [], session =>
    {
        (string repository, string? tag) = ImageName.Split(session.Arguments.Words[1]);
        session.Client.TagImage(session.Arguments.Words[0], repository, tag ?? "latest");
        return 0;
    })
    { Least = 2, Most = 2, Completes = "images" };

    public static Command Remove => new("remove images", "[options] IMAGE…", [Option.Flag("f,force", "also when containers use it or it has more names"), Option.Flag("no-prune", "keep its parents")],
        session => Session.ForEach(session.Arguments.Words, "remove image", name =>
        {
            foreach (ImageDeleteItem item in session.Client.RemoveImage(name, session.Arguments.Flag("force"), session.Arguments.Flag("no-prune")))
                Session.Print(item.Deleted is { } deleted ? $"Deleted: {deleted}" : $"Untagged: {item.Untagged}");
        }))
    { Least = 1, Completes = "images" };

    public static Command Prune => new("remove images that nothing uses", "[options]",
        [Option.Flag("a,all", "also those with a name"), FilterOptions.LongOption, Option.Flag("f,force", "do not ask")], session =>
        {
            bool all = session.Arguments.Flag("all");
            if (!Confirmation.Get(session, all ? "This will remove all images without at least one container associated to them." : "This will remove all dangling images.")) return 0;
            ImagesPruneResponse pruned = session.Client.PruneImages(FilterOptions.Of(session.Arguments).Add("dangling", all ? "false" : "true"));
            Confirmation.Tell("Deleted Images:", Lines(pruned), pruned.SpaceReclaimed);
            return 0;
        })
    { Most = 0 };

    /// <summary>What was removed, a line an item.</summary>
    public static List<string> Lines(ImagesPruneResponse pruned) =>
        [.. (pruned.ImagesDeleted ?? []).Select(item => item.Untagged is { } name ? $"untagged: {name}" : $"deleted: {item.Deleted}")];

    private static int RunList(Session session)
    {
        Arguments arguments = session.Arguments;
        bool isShort = !arguments.Flag("no-trunc"), withDigests = arguments.Flag("digests") || arguments.Value("format")?.Contains(".Digest", StringComparison.Ordinal) == true;
        Filters filters = FilterOptions.Of(arguments);
        if (arguments.Word(0) is { } name) filters.Add("reference", name);
        ImageSummary[] images = session.Client.ListImages(arguments.Flag("all"), filters);
        string standard = arguments.Flag("quiet") ? "{{.ID}}" : arguments.Flag("digests") ? ImageRows.TableWithDigests : ImageRows.Table;
        ImageRows.Listing.Write(arguments.Value("format"), standard, images.SelectMany(image => ImageRows.Of(image, session.Time, isShort, withDigests)));
        return 0;
    }
}
