using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>Volumes in memory.</summary>
internal sealed class FakeVolumes : IVolumeService
{
    private readonly SortedDictionary<string, VolumeInfo> volumes = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Drivers => [IVolumeService.Local];

    public Task<VolumeInfo> CreateAsync(string name = "", IReadOnlyDictionary<string, string>? labels = null, IReadOnlyDictionary<string, string>? options = null, string driver = "", CancellationToken cancel = default)
    {
        if (name.Length == 0) name = "anonymous";
        volumes[name] = new(name, $"/root/volumes/{name}/_data", DateTimeOffset.UnixEpoch.AddTicks(1234567), labels ?? new Dictionary<string, string>(), options ?? new Dictionary<string, string>(), false);
        return Task.FromResult(volumes[name]);
    }

    public VolumeInfo Get(string name) => volumes.TryGetValue(name, out VolumeInfo? volume) ? volume : throw new KeelsonException(ErrorKind.NotFound, $"get {name}: no such volume");

    public Task<VolumeInfo> InspectAsync(string name, CancellationToken cancel = default) => Task.FromResult(Get(name));

    public Task<VolumeListing> ListAsync(CancellationToken cancel = default) => Task.FromResult(new VolumeListing(List(), []));

    public IReadOnlyList<VolumeInfo> List() => [.. volumes.Values];

    public Task RemoveAsync(string name, bool force = false, CancellationToken cancel = default)
    {
        volumes.Remove(name);
        return Task.CompletedTask;
    }

    public Task<PruneReport> PruneAsync(Func<VolumeInfo, bool>? filter = null, CancellationToken cancel = default)
    {
        string[] gone = [.. volumes.Values.Where(volume => filter?.Invoke(volume) ?? true).Select(volume => volume.Name)];
        foreach (string name in gone) volumes.Remove(name);
        return Task.FromResult(new PruneReport(gone, 0));
    }

    public Task<(long SizeBytes, int Users)> UsageAsync(string name, CancellationToken cancel = default) => Task.FromResult((12L, 0));
}
