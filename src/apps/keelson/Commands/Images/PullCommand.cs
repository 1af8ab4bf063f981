using Keelson.Cli.Commands.Trust;
using Keelson.Cli.Parsing;
using Keelson.Cli.Progress;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Images;

/// <summary><c>pull</c>.</summary>
internal static class PullCommand
{
    public static Command Command => new("get an image from a registry", "[options] NAME[:TAG|@DIGEST]",
    [
        Option.Flag("a,all-tags", "get all tags of the repository"),
        Option.Flag("disable-content-trust", "take images without signatures"),
        Option.Value("platform", "platform", "os/architecture of the image"),
        Option.Flag("q,quiet", "print the name alone"),
        TrustedImage.Option,
    ], Run)
    { Least = 1, Most = 1, Completes = "images" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        string name = arguments.Words[0];
        bool isQuiet = arguments.Flag("quiet");
        if (arguments.Flag("all-tags"))
        {
            if (TrustedImage.IsWanted(arguments)) throw new UsageException("option --all-tags: not with --trust", exitCode: 1);
            if (ImageName.Split(name).Tag is not null) throw new UsageException("option --all-tags: the name has a tag", exitCode: 1);
            using ByteStream all = session.Client.PullImage(name, tag: null, arguments.Value("platform"), RegistryAuth.For(name));
            ProgressDisplay.Show(all, isQuiet ? ProgressDestination.Nowhere : ProgressDestination.Output);
            return 0;
        }
        if (ImageName.Split(name).Tag is null && !isQuiet) Session.Print("Using default tag: latest");
        if (TrustedImage.IsWanted(arguments)) TrustedImage.Pull(session, name, arguments.Value("platform"), toErrors: false, isQuiet);
        else Pull(session, name, arguments.Value("platform"), toErrors: false, isQuiet);
        Session.Print(ImageName.Full(name));
        return 0;
    }

    /// <summary>Pulls an image and shows how far it is.</summary>
    /// <param name="session">The call.</param>
    /// <param name="name">The image.</param>
    /// <param name="platform">The platform that is wanted.</param>
    /// <param name="toErrors">Shows it on standard error: standard output belongs to the container.</param>
    /// <param name="isQuiet">Shows nothing.</param>
    public static void Pull(Session session, string name, string? platform, bool toErrors, bool isQuiet = false)
    {
        (string repository, string? tag) = ImageName.Split(name);
        using ByteStream stream = session.Client.PullImage(repository, tag ?? "latest", platform, RegistryAuth.For(name));
        ProgressDisplay.Show(stream, isQuiet ? ProgressDestination.Nowhere : toErrors ? ProgressDestination.Errors : ProgressDestination.Output);
    }
}
