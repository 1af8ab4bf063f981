using Keelson.Cli.Parsing;
using Keelson.Cli.Progress;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Images;

/// <summary><c>push</c>.</summary>
internal static class PushCommand
{
    public static Command Command => new("send an image to a registry", "[options] NAME[:TAG]",
    [
        Option.Flag("a,all-tags", "send all tags of the repository"),
        Option.Flag("disable-content-trust", "send without a signature"),
        Option.Flag("q,quiet", "print the name alone"),
    ], Run)
    { Least = 1, Most = 1, Completes = "images" };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        string name = arguments.Words[0];
        (string repository, string? tag) = ImageName.Split(name);
        bool all = arguments.Flag("all-tags"), isQuiet = arguments.Flag("quiet");
        if (all && tag is not null) throw new UsageException("option --all-tags: the name has a tag", exitCode: 1);
        if (!all && tag is null)
        {
            tag = "latest";
            if (!isQuiet) Session.Print("Using default tag: latest");
        }
        using ByteStream stream = session.Client.PushImage(repository, tag, RegistryAuth.For(name));
        ProgressDisplay.Show(stream, isQuiet ? ProgressDestination.Nowhere : ProgressDestination.Output);
        if (isQuiet) Session.Print(all ? ImageName.Split(ImageName.Full(repository)).Repository : ImageName.Full(name));
        return 0;
    }
}
