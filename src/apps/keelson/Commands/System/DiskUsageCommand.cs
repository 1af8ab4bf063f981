using System.Globalization;
using Keelson.Cli.Listing;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.System;

/// <summary><c>system df</c>.</summary>
internal static class DiskUsageCommand
{
    private const int Digits = 4;
    private const string Table = "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";

    private static readonly Listing.Listing Listing = new("Type=TYPE", "TotalCount=TOTAL", "Active=ACTIVE", "Size=SIZE", "Reclaimable=RECLAIMABLE");

    public static Command Command => new("show what takes up space", "[options]", [FilterOptions.Format, Option.Flag("v,verbose", "each object")], Run) { Most = 0 };

    private static int Run(Session session)
    {
        DiskUsageResponse usage = session.Client.GetDiskUsage();
        if (session.Arguments.Flag("verbose")) Verbose(session, usage);
        else Listing.Write(session.Arguments.Value("format"), Table, [Images(usage), Containers(usage), Volumes(usage), BuildCache(usage)]);
        return 0;
    }

    private static Row Images(DiskUsageResponse usage)
    {
        ImageSummary[] images = usage.Images ?? [];
        long used = images.Where(image => image.Containers != 0 && image.VirtualSize != -1 && image.SharedSize != -1).Sum(image => image.VirtualSize - image.SharedSize);
        return Of("Images", images.Length, images.Count(image => image.Containers > 0), usage.LayersSize, usage.LayersSize - used, withPercent: true);
    }

    private static Row Containers(DiskUsageResponse usage)
    {
        ContainerSummary[] containers = usage.Containers ?? [];
        bool IsActive(ContainerSummary container) => container.State is "running" or "paused" or "restarting";
        return Of("Containers", containers.Length, containers.Count(IsActive), containers.Sum(container => container.SizeRw), containers.Where(container => !IsActive(container)).Sum(container => container.SizeRw), withPercent: true);
    }

    private static Row Volumes(DiskUsageResponse usage)
    {
        Volume[] volumes = usage.Volumes ?? [];
        static long Size(Volume volume) => volume.UsageData is { Size: > 0 } data ? data.Size : 0;
        return Of("Local Volumes", volumes.Length, volumes.Count(volume => volume.UsageData?.RefCount > 0), volumes.Sum(Size), volumes.Where(volume => volume.UsageData is null or { RefCount: 0 }).Sum(Size), withPercent: true);
    }

    private static Row BuildCache(DiskUsageResponse usage)
    {
        BuildCacheRecord[] records = usage.BuildCache ?? [];
        long size = usage.BuilderSize > 0 ? usage.BuilderSize : records.Where(record => !record.Shared).Sum(record => record.Size);
        return Of("Build Cache", records.Length, records.Count(record => record.InUse), size, size - records.Where(record => record.InUse && !record.Shared).Sum(record => record.Size), withPercent: false);
    }

    private static Row Of(string type, int total, int active, long size, long reclaimable, bool withPercent) => new()
    {
        ["Type"] = type,
        ["TotalCount"] = total.ToString(CultureInfo.InvariantCulture),
        ["Active"] = active.ToString(CultureInfo.InvariantCulture),
        ["Size"] = Units.Size(size, Digits),
        ["Reclaimable"] = Units.Size(reclaimable, Digits) + (withPercent && size > 0 ? $" ({reclaimable * 100 / size}%)" : ""),
    };

    private static void Verbose(Session session, DiskUsageResponse usage)
    {
        Session.Print("Images space usage:\n");
        Output.Write(ImageRows.Listing.Format(null, "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.VirtualSize}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
            (usage.Images ?? []).SelectMany(image => ImageRows.Of(image, session.Time, isShort: true, withDigests: false).Take(1))));
        Session.Print("\nContainers space usage:\n");
        Output.Write(ContainerRows.Listing.Format(null, "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
            (usage.Containers ?? []).Select(container => ContainerRows.Of(container with { SizeRootFs = 0 }, session.Time, isShort: true))));
        Session.Print("\nLocal Volumes space usage:\n");
        Output.Write(new Listing.Listing("Name=VOLUME NAME", "Links=LINKS", "Size=SIZE").Format(null, "table {{.Name}}\t{{.Links}}\t{{.Size}}",
            (usage.Volumes ?? []).Select(volume => new Row { ["Name"] = volume.Name, ["Links"] = volume.UsageData is { } data ? $"{data.RefCount}" : "N/A", ["Size"] = volume.UsageData is { } size ? Units.Size(size.Size, Digits) : "N/A" })));
        Session.Print($"\nBuild cache usage: {Units.Size(usage.BuilderSize, Digits)}\n");
        Output.Write(new Listing.Listing("ID=CACHE ID", "Type=CACHE TYPE", "Size=SIZE", "Usage=USAGE", "Shared=SHARED").Format(null, "table {{.ID}}\t{{.Type}}\t{{.Size}}\t{{.Usage}}\t{{.Shared}}",
            (usage.BuildCache ?? []).Select(record => new Row
            {
                ["ID"] = record.ID,
                ["Type"] = record.Type,
                ["Size"] = Units.Size(record.Size, Digits),
                ["Usage"] = record.UsageCount.ToString(CultureInfo.InvariantCulture),
                ["Shared"] = record.Shared ? "true" : "false",
            })));
    }
}
