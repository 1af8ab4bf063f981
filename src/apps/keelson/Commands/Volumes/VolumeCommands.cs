using System.Globalization;
using Keelson.Cli.Creating;
using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Volumes;

/// <summary>The group <c>volume</c>.</summary>
internal static class VolumeCommands
{
    private static readonly Listing.Listing Listing = new("Name=VOLUME NAME", "Driver=DRIVER", "Scope=SCOPE", "Mountpoint=MOUNTPOINT", "Labels=LABELS", "Links=LINKS", "Size=SIZE");

    public static Command Create => new("make a volume", "[options] [NAME]",
        [Option.Value("d,driver", "driver", "the volume driver (local)"), Option.List("label", "name[=value]", "set a label"), Option.Value("name", "name", "the volume's name"), Option.List("o,opt", "name=value", "an option of the driver")], session =>
        {
            Arguments arguments = session.Arguments;
            Volume volume = session.Client.CreateVolume(new()
            {
                Name = arguments.Word(0) ?? arguments.Value("name") ?? "",
                Driver = arguments.Value("driver") ?? "local",
                DriverOpts = KeyValues.Pairs("opt", arguments.List("opt")),
                Labels = KeyValues.Labels(arguments.List("label")),
            });
            Session.Print(volume.Name);
            return 0;
        })
    { Most = 1 };

    public static Command List => new("list volumes", "[options]", [FilterOptions.Option, FilterOptions.Format, Option.Flag("q,quiet", "names alone")], session =>
    {
        VolumeListResponse list = session.Client.ListVolumes(FilterOptions.Of(session.Arguments));
        foreach (string warning in list.Warnings ?? []) Output.Error(warning);
        Listing.Write(session.Arguments.Value("format"), session.Arguments.Flag("quiet") ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}", (list.Volumes ?? []).OrderBy(volume => volume.Name, StringComparer.Ordinal).Select(volume => new Row
        {
            Labels = volume.Labels,
            ["Name"] = volume.Name,
            ["Driver"] = volume.Driver,
            ["Scope"] = volume.Scope,
            ["Mountpoint"] = volume.Mountpoint,
            ["Labels"] = ContainerRows.Labels(volume.Labels),
            ["Links"] = volume.UsageData is { } data ? $"{data.RefCount}" : "N/A",
            ["Size"] = volume.UsageData is { } usage ? Text.Units.Size(usage.Size, 4) : "N/A",
        }));
        return 0;
    })
    { Most = 0 };

    public static Command Remove => new("remove volumes", "[options] VOLUME…", [Option.Flag("f,force", "one that is not there is no error")], session =>
        Session.ForEach(session.Arguments.Words, "remove volume", name =>
        {
            session.Client.RemoveVolume(name, session.Arguments.Flag("force"));
            Session.Print(name);
        }))
    { Least = 1, Completes = "volumes" };

    public static Command Snapshot => new("make a volume that begins as a copy of another", "[options] VOLUME [NAME]",
        [Option.List("label", "name[=value]", "set a label"), Option.List("o,opt", "name=value", "an option of the new volume, as size=1g")], session =>
        {
            Arguments arguments = session.Arguments;
            string from = arguments.Words[0];
            // In UTC, which sorts as it was made.
            string name = arguments.Word(1) ?? $"{from}.{session.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", CultureInfo.InvariantCulture)}";
            Session.Print(Copy(session, from, name, KeyValues.Pairs("opt", arguments.List("opt")), KeyValues.Labels(arguments.List("label"))));
            return 0;
        })
    { Least = 1, Most = 2, Completes = "volumes" };

    public static Command Restore => new("give a volume the files that another has", "SNAPSHOT VOLUME", [], session =>
    {
        Session.Print(Copy(session, session.Arguments.Words[0], session.Arguments.Words[1], new() { ["keelson.replace"] = "true" }, null));
        return 0;
    })
    { Least = 2, Most = 2, Completes = "volumes" };

    public static Command Prune => new("remove volumes that no container uses", "[options]", [FilterOptions.LongOption, Option.Flag("f,force", "do not ask")], session =>
    {
        if (!Confirmation.Get(session, "This will remove all local volumes not used by at least one container.")) return 0;
        VolumesPruneResponse pruned = session.Client.PruneVolumes(FilterOptions.Of(session.Arguments));
        Confirmation.Tell("Deleted Volumes:", pruned.VolumesDeleted, pruned.SpaceReclaimed);
        return 0;
    })
    { Most = 0 };

    private static string Copy(Session session, string from, string to, Dictionary<string, string> options, Dictionary<string, string>? labels)
    {
        options["keelson.from"] = from;
        return session.Client.CreateVolume(new() { Name = to, Driver = "local", DriverOpts = options, Labels = labels }).Name;
    }
}
