using Keelson.Cli.Commands.Images;
using Keelson.Cli.Commands.Trust;
using Keelson.Cli.Creating;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>create</c>.</summary>
internal static class CreateCommand
{
    public static Command Command => new("make a container", "[options] IMAGE [COMMAND [ARGUMENT…]]", CreateOptions.Common, Run) { Least = 1, StopsAtArgument = true, Completes = "images" };

    private static int Run(Session session)
    {
        Session.Print(Create(session, CreateRequest.Of(session.Arguments, isDetached: false)).Id);
        return 0;
    }

    /// <summary>Makes a container; an image that is missing is pulled first, unless that is not wanted.</summary>
    public static ContainerCreateResponse Create(Session session, ContainerCreateRequest request)
    {
        Arguments arguments = session.Arguments;
        string pull = arguments.Value("pull") ?? "missing";
        string? platform = arguments.Value("platform") ?? Environment.GetEnvironmentVariable("DOCKER_DEFAULT_PLATFORM") switch { "" => null, var text => text };
        if (pull is not ("always" or "missing" or "never")) throw new KeelsonException(ErrorKind.InvalidArgument, $"option --pull: '{pull}' is not always, missing or never");
        string? idFile = arguments.Value("cidfile");
        if (idFile is not null && File.Exists(idFile)) throw new KeelsonException(ErrorKind.AlreadyExists, $"write {idFile}: the file is there; remove it first");
        string name = request.Image;
        bool trusts = TrustedImage.IsWanted(arguments);
        // What is there under the name may be something else.
        if (trusts) request.Image = TrustedImage.Resolve(session, name);
        if (pull == "always") Pull();
        ContainerCreateResponse created;
        try
        {
            created = session.Client.CreateContainer(request, arguments.Value("name"), platform);
        }
        catch (DockerException e) when (e.Status == 404 && pull == "missing" && e.Message.Contains("No such image", StringComparison.OrdinalIgnoreCase))
        {
            Output.Error($"Unable to find image '{Images.ImageName.WithTag(request.Image)}' locally");
            Pull();
            created = session.Client.CreateContainer(request, arguments.Value("name"), platform);
        }
        foreach (string warning in created.Warnings ?? []) Output.Error("WARNING: " + warning);
        if (idFile is not null) File.WriteAllText(idFile, created.Id);
        return created;

        void Pull()
        {
            if (trusts) request.Image = TrustedImage.Pull(session, name, platform, toErrors: true);
            else PullCommand.Pull(session, name, platform, toErrors: true);
        }
    }
}
