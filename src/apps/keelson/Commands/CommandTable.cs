using Keelson.Cli.Commands.Containers;
using Keelson.Cli.Commands.Images;
using Keelson.Cli.Commands.Networks;
using Keelson.Cli.Commands.System;
using Keelson.Cli.Commands.Trust;
using Keelson.Cli.Commands.Volumes;
using Keelson.Cli.Completion;
using Keelson.Cli.Parsing;

namespace Keelson.Cli.Commands;

/// <summary>All commands by their names; parser, help and completion are made of this table. A command is made when it is asked for.</summary>
internal static class CommandTable
{
    /// <summary>A name of a command: one word, or a group of one or two words and a word; names after the first, apart by <c>|</c>, mean the same.</summary>
    private static readonly (string Names, Func<Command> Make)[] Entries =
    [
        ("run|container run", () => RunCommand.Command),
        ("create|container create", () => CreateCommand.Command),
        ("start|container start", () => StartCommand.Start),
        ("stop|container stop", () => LifecycleCommands.Stop),
        ("restart|container restart", () => LifecycleCommands.Restart),
        ("kill|container kill", () => LifecycleCommands.Kill),
        ("pause|container pause", () => LifecycleCommands.Pause),
        ("unpause|container unpause", () => LifecycleCommands.Unpause),
        ("rm|container rm", () => LifecycleCommands.Remove),
        ("rename|container rename", () => LifecycleCommands.Rename),
        ("wait|container wait", () => LifecycleCommands.Wait),
        ("update|container update", () => TellCommands.Update),
        ("ps|container ls|container ps|container list", () => ListCommand.Command),
        ("exec|container exec", () => ExecCommand.Command),
        ("attach|container attach", () => StartCommand.Attach),
        ("logs|container logs", () => LogsCommand.Command),
        ("top|container top", () => TellCommands.Top),
        ("stats|container stats", () => StatsCommand.Command),
        ("diff|container diff", () => TellCommands.Diff),
        ("port|container port", () => TellCommands.Port),
        ("cp|container cp", () => CopyCommand.Command),
        ("export|container export", () => ArchiveCommands.Export),
        ("commit|container commit", () => ArchiveCommands.Commit),
        ("container inspect", () => InspectCommand.Container),
        ("container prune", () => TellCommands.Prune),
        ("images|image ls|image list", () => ImageCommands.List),
        ("pull|image pull", () => PullCommand.Command),
        ("push|image push", () => PushCommand.Command),
        ("tag|image tag", () => ImageCommands.Tag),
        ("rmi|image rm|image remove", () => ImageCommands.Remove),
        ("history|image history", () => HistoryCommand.Command),
        ("build|image build|builder build", () => BuildCommand.Command),
        ("builder prune", () => BuildCommand.Prune),
        ("import|image import", () => ArchiveCommands.Import),
        ("save|image save", () => ArchiveCommands.Save),
        ("load|image load", () => ArchiveCommands.Load),
        ("image inspect", () => InspectCommand.Image),
        ("image prune", () => ImageCommands.Prune),
        ("login", () => LoginCommands.Login),
        ("logout", () => LoginCommands.Logout),
        ("inspect", () => InspectCommand.Any),
        ("events|system events", () => EventsCommand.Command),
        ("info|system info", () => InfoCommand.Command),
        ("version", () => VersionCommand.Command),
        ("system df", () => DiskUsageCommand.Command),
        ("system prune", () => SystemPruneCommand.Command),
        ("volume create", () => VolumeCommands.Create),
        ("volume ls|volume list", () => VolumeCommands.List),
        ("volume inspect", () => InspectCommand.Volume),
        ("volume rm|volume remove", () => VolumeCommands.Remove),
        ("volume prune", () => VolumeCommands.Prune),
        ("volume snapshot", () => VolumeCommands.Snapshot),
        ("volume restore", () => VolumeCommands.Restore),
        ("network create", () => NetworkCommands.Create),
        ("network ls|network list", () => NetworkCommands.List),
        ("network inspect", () => InspectCommand.Network),
        ("network connect", () => NetworkCommands.Connect),
        ("network diagnose", () => NetworkCommands.Diagnose),
        ("network disconnect", () => NetworkCommands.Disconnect),
        ("network rm|network remove", () => NetworkCommands.Remove),
        ("network prune", () => NetworkCommands.Prune),
        ("trust init", () => TrustCommands.Init),
        ("trust sign", () => TrustCommands.Sign),
        ("trust revoke", () => TrustCommands.Revoke),
        ("trust view|trust ls|trust list", () => TrustCommands.View),
        ("trust inspect", () => TrustInspectCommand.Command),
        ("trust verify", () => TrustCommands.Verify),
        ("trust status", () => TrustCommands.Status),
        ("trust publish", () => TrustCommands.Publish),
        ("trust reset", () => TrustCommands.Reset),
        ("trust witness", () => TrustCommands.Witness),
        ("trust repair", () => TrustCommands.Repair),
        ("trust delete", () => TrustCommands.Delete),
        ("trust stage", () => TrustSigningCommands.Stage),
        ("trust countersign", () => TrustSigningCommands.Countersign),
        ("trust merge", () => TrustSigningCommands.Merge),
        ("trust delegation add", () => TrustDelegationCommands.Add),
        ("trust delegation remove|trust delegation rm", () => TrustDelegationCommands.Remove),
        ("trust delegation purge", () => TrustDelegationCommands.Purge),
        ("trust delegation ls|trust delegation list", () => TrustDelegationCommands.List),
        ("trust key generate", () => TrustKeyCommands.Generate),
        ("trust key load|trust key import", () => TrustKeyCommands.Load),
        ("trust key rotate", () => TrustKeyCommands.Rotate),
        ("trust key ls|trust key list", () => TrustKeyCommands.List),
        ("trust key explain", () => TrustKeyCommands.Explain),
        ("trust key rm|trust key remove", () => TrustKeyCommands.Remove),
        ("trust key passwd", () => TrustKeyCommands.Passphrase),
        ("trust key backup|trust key export", () => TrustKeyCommands.Backup),
        ("trust key restore", () => TrustKeyCommands.Restore),
        ("completion", () => CompletionCommand.Command),
    ];

    /// <summary>The groups and what they are about.</summary>
    public static readonly (string Name, string Summary)[] Groups =
        [("builder", "builds"), ("container", "containers"), ("image", "images"), ("network", "networks"), ("system", "the engine"), ("trust", "signed tags"),
        ("trust delegation", "who else signs"), ("trust key", "private keys"), ("volume", "volumes")];

    /// <summary>All names with a summary; of names that mean the same, those of one kind only once.</summary>
    public static IEnumerable<(string Name, Command Command)> All()
    {
        foreach ((string names, Func<Command> make) in Entries)
            foreach (string name in names.Split('|'))
                yield return (name, make());
    }

    /// <summary>Whether this is a group.</summary>
    public static bool IsGroup(string name) => Array.Exists(Groups, group => group.Name == name);

    /// <summary>Finds the command that the first words name.</summary>
    /// <returns>Its name, the command or <see langword="null"/>, and the number of words.</returns>
    public static (string Name, Command? Command, int Words) Find(ReadOnlySpan<string> words)
    {
        string name = words[0];
        int count = 1;
        // A group may stand in a group.
        while (IsGroup(name))
        {
            string longer = count < words.Length ? name + " " + words[count] : name;
            bool isGroup = longer != name && IsGroup(longer);
            if (!isGroup) return Make(longer) is { } inGroup ? (longer, inGroup, count + 1) : (name, null, count);
            (name, count) = (longer, count + 1);
        }
        return (name, Make(name), count);
    }

    private static Command? Make(string name)
    {
        foreach ((string names, Func<Command> make) in Entries)
            if (IsAmong(names, name))
                return make();
        return null;
    }

    private static bool IsAmong(ReadOnlySpan<char> names, string name)
    {
        foreach (Range range in names.Split('|'))
            if (names[range].SequenceEqual(name))
                return true;
        return false;
    }
}
