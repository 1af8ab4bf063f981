using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Limits of volumes, on ext4 and xfs with quotas of projects. Kernels without them run these in a guest: <see cref="QuotaInGuestTests"/>.</summary>
public sealed class QuotaLiveTests : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly string folder = TestDirectory.Make("quota");
    private bool isMounted;

    [RootTheory]
    [InlineData("ext4", "Disk quota exceeded")]
    [InlineData("xfs", "No space left on device")]
    public async Task A_volume_takes_no_more_than_its_limit_and_others_are_as_they_were(string type, string full)
    {
        Assert.SkipUnless(Mount(type), "needs quotas of projects");
        LocalVolumes volumes = new(folder + "/disk/volumes");
        VolumeInfo limited = await MakeAsync(volumes, "limited", "1m"), other = await MakeAsync(volumes, "other", "2m"), free = await MakeAsync(volumes, "free", null);
        Assert.Equal(full, Write(limited, 4));
        Assert.Equal(full, Write(other, 4));
        Assert.Equal("", Write(free, 4));
        Assert.Equal((MiB, 2 * MiB, 0), (Limit(limited), Limit(other), Limit(free)));
        Assert.InRange(LocalVolumes.Measure(limited), MiB / 2, MiB);
        Assert.InRange(LocalVolumes.Measure(other), MiB, 2 * MiB);
        // Room that is given back can be used again.
        File.Delete(limited.Path + "/file");
        Assert.Equal("", Write(limited, 0.5));
    }

    [RootTheory]
    [InlineData("ext4", "Disk quota exceeded")]
    [InlineData("xfs", "No space left on device")]
    public async Task A_limit_goes_with_its_volume_and_is_known_again(string type, string full)
    {
        Assert.SkipUnless(Mount(type), "needs quotas of projects");
        LocalVolumes volumes = new(folder + "/disk/volumes");
        VolumeInfo one = await MakeAsync(volumes, "one", "1m");
        uint project = Project(one);
        volumes = new(folder + "/disk/volumes");
        VolumeInfo two = await MakeAsync(volumes, "two", "1m");
        Assert.NotEqual(project, Project(two));
        // What takes its place has its limit.
        VolumeInfo source = await MakeAsync(volumes, "source", null);
        File.WriteAllText(source.Path + "/f", "copied");
        one = await volumes.CreateAsync(one, source.Path, replaces: true, TestContext.Current.CancellationToken);
        Assert.Equal(("copied", MiB), (File.ReadAllText(one.Path + "/f"), Limit(one)));
        Assert.Equal(full, Write(one, 4));
        uint last = Project(one);
        Assert.NotEqual(project, last);
        await volumes.RemoveAsync("one");
        foreach (uint gone in (uint[])[project, last]) Assert.Equal(0, Limit(two, gone));
        Assert.Equal(MiB, Limit(two));
        Assert.Equal(["source", "two"], volumes.List().Select(volume => volume.Name));
    }

    public void Dispose()
    {
        if (isMounted) ChildProcess.Run(["umount", folder + "/disk"]).Succeeds();
        TestDirectory.Remove(folder);
    }

    private bool Mount(string type)
    {
        ChildProcess.Run(["truncate", "-s", "320M", folder + "/image"]).Succeeds();
        ChildProcess.Run(type == "xfs" ? ["mkfs.xfs", "-q", folder + "/image"] : ["mkfs.ext4", "-q", "-O", "quota,project", "-E", "quotatype=prjquota", folder + "/image"]).Succeeds();
        Directory.CreateDirectory(folder + "/disk");
        isMounted = ChildProcess.Run(["mount", "-o", "loop,prjquota", folder + "/image", folder + "/disk"]).ExitCode == 0;
        // A kernel may mount it and know nothing of quotas.
        return isMounted && File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains($" {folder}/disk ", StringComparison.Ordinal) && line.Contains("prjquota", StringComparison.Ordinal));
    }

    private static Task<VolumeInfo> MakeAsync(LocalVolumes volumes, string name, string? size) =>
        volumes.CreateAsync(new(name, "", DateTimeOffset.UnixEpoch, new Dictionary<string, string>(), size is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["size"] = size }, false), null, replaces: false, TestContext.Current.CancellationToken);

    /// <summary>Writes a file as a container does, which has not the right to pass limits; what went wrong.</summary>
    private static string Write(VolumeInfo volume, double mebibytes)
    {
        CommandResult result = ChildProcess.Run(["setpriv", "--bounding-set=-sys_resource", "dd", "if=/dev/zero", "of=" + volume.Path + "/file", "bs=64k", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"count={(int)(mebibytes * 16)}")]);
        return result.ExitCode == 0 ? "" : result.Stderr.Split('\n')[0].Split(": ")[^1];
    }

    private static uint Project(VolumeInfo volume)
    {
        using FdHandle directory = Files.Open(volume.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        ProjectQuotas.TryGetProject(directory.Fd, out uint project).ThrowIfError("read the project of", volume.Path);
        return project;
    }

    private static long Limit(VolumeInfo volume) => Project(volume) is > 0 and uint project ? Limit(volume, project) : 0;

    private static long Limit(VolumeInfo volume, uint project)
    {
        using FdHandle directory = Files.Open(volume.Path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        Errno errno = ProjectQuotas.TryGetLimit(directory.Fd, project, out long limit, out _);
        if (errno != Errno.ENOENT) errno.ThrowIfError("read the limit of", volume.Path);
        return limit;
    }
}
