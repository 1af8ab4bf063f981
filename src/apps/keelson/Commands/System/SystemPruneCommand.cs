using Keelson.Cli.Commands.Images;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.System;

/// <summary><c>system prune</c>.</summary>
internal static class SystemPruneCommand
{
    public static Command Command => new("remove all that is not used", "[options]",
        [Option.Flag("a,all", "also images with a name"), FilterOptions.LongOption, Option.Flag("f,force", "do not ask"), Option.Flag("volumes", "volumes too")], Run)
    { Most = 0 };

    private static int Run(Session session)
    {
        bool all = session.Arguments.Flag("all"), volumes = session.Arguments.Flag("volumes");
        string warning = "This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n" + (volumes ? "  - all volumes not used by at least one container\n" : "")
            + (all ? "  - all images without at least one container associated to them\n  - all build cache\n" : "  - all dangling images\n  - all dangling build cache\n");
        if (!Confirmation.Get(session, warning)) return 0;
        Filters Filters() => FilterOptions.Of(session.Arguments);
        ulong bytes = 0;
        ContainersPruneResponse containers = session.Client.PruneContainers(Filters());
        Part("Deleted Containers:", containers.ContainersDeleted);
        bytes += containers.SpaceReclaimed;
        Part("Deleted Networks:", session.Client.PruneNetworks(Filters()).NetworksDeleted);
        if (volumes)
        {
            VolumesPruneResponse pruned = session.Client.PruneVolumes();
            Part("Deleted Volumes:", pruned.VolumesDeleted);
            bytes += pruned.SpaceReclaimed;
        }
        ImagesPruneResponse images = session.Client.PruneImages(Filters().Add("dangling", all ? "false" : "true"));
        Part("Deleted Images:", ImageCommands.Lines(images));
        bytes += images.SpaceReclaimed;
        bytes += PruneBuildCache(session, all);
        Confirmation.Tell("", [], bytes);
        return 0;
    }

    /// <summary>An engine without a builder has no cache.</summary>
    private static ulong PruneBuildCache(Session session, bool all)
    {
        try
        {
            BuildPruneResponse cache = session.Client.PruneBuildCache(all);
            Part("Deleted build cache objects:", cache.CachesDeleted);
            return cache.SpaceReclaimed;
        }
        catch (DockerException e) when (e.Status is 404 or 501)
        {
            return 0;
        }
    }

    private static void Part(string title, IReadOnlyCollection<string>? removed)
    {
        if (removed is { Count: > 0 }) Output.Write($"{title}\n{string.Join('\n', removed)}\n\n");
    }
}
