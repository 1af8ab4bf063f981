using Keelson.Cli.Parsing;
using Keelson.Cli.Progress;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Images;

/// <summary>Archives of images and root file systems: <c>save</c>, <c>load</c>, <c>import</c>, <c>export</c>, <c>commit</c>.</summary>
internal static class ArchiveCommands
{
    private static readonly Option To = Option.Value("o,output", "file", "write to a file instead of standard output", "files");
    private static readonly Option Change = Option.List("c,change", "instruction", "an instruction of a Dockerfile for the image");

    public static Command Save => new("write images to an archive", "[options] IMAGE…", [To], session =>
    {
        FileStreams.CheckOutput(session.Arguments.Value("output"));
        using ByteStream stream = session.Client.SaveImages(session.Arguments.Words);
        FileStreams.WriteOutput(stream, session.Arguments.Value("output"));
        return 0;
    })
    { Least = 1, Completes = "images" };

    public static Command Load => new("take images from an archive", "[options]",
        [Option.Value("i,input", "file", "read a file instead of standard input", "files"), Option.Flag("q,quiet", "do not show how far it is")], session =>
        {
            string? input = session.Arguments.Value("input");
            if (input is null && Terminal.RawTerminal.IsInput) throw new KeelsonException(ErrorKind.InvalidArgument, "read the archive: standard input is a terminal; use -i FILE or redirect it");
            using Stream source = FileStreams.OpenInput(input);
            using ByteStream stream = session.Client.LoadImages(source, session.Arguments.Flag("quiet") || !Output.IsTerminal);
            ProgressDisplay.Show(stream, ProgressDestination.Output);
            return 0;
        })
    { Most = 0 };

    public static Command Import => new("make an image of a root file system's archive", "[options] FILE|URL|- [NAME[:TAG]]",
        [Change, Option.Value("m,message", "text", "a comment"), Option.Value("platform", "platform", "the image's os/architecture")], RunImport)
    { Least = 1, Most = 2, Completes = "files" };

    public static Command Export => new("write a container's root file system to an archive", "[options] CONTAINER", [To], session =>
    {
        FileStreams.CheckOutput(session.Arguments.Value("output"));
        using ByteStream stream = session.Client.Export(session.Arguments.Words[0]);
        FileStreams.WriteOutput(stream, session.Arguments.Value("output"));
        return 0;
    })
    { Least = 1, Most = 1, Completes = "containers" };

    public static Command Commit => new("make an image of a container", "[options] CONTAINER [NAME[:TAG]]",
        [Option.Value("a,author", "name", "who made it"), Change, Option.Value("m,message", "text", "a comment"), Option.Flag("p,pause", "freeze the container meanwhile (true)")], session =>
        {
            Arguments arguments = session.Arguments;
            (string? repository, string? tag) = arguments.Word(1) is { } name ? ImageName.Split(name) : default;
            Session.Print(session.Client.CommitContainer(arguments.Words[0], repository, tag, arguments.Value("message"), arguments.Value("author"), arguments.List("change"),
                arguments.Flag("pause", otherwise: true)));
            return 0;
        })
    { Least = 1, Most = 2, Completes = "containers" };

    private static int RunImport(Session session)
    {
        Arguments arguments = session.Arguments;
        string source = arguments.Words[0];
        (string? repository, string? tag) = arguments.Word(1) is { } name ? ImageName.Split(name) : default;
        bool isUrl = source.StartsWith("http://", StringComparison.Ordinal) || source.StartsWith("https://", StringComparison.Ordinal);
        using Stream? archive = isUrl ? null : FileStreams.OpenInput(source);
        using ByteStream stream = session.Client.ImportImage(isUrl ? source : "-", repository, tag, archive, arguments.Value("message"), arguments.List("change"), arguments.Value("platform"));
        ProgressDisplay.Show(stream, ProgressDestination.Output);
        return 0;
    }
}
