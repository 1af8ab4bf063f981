using System.Globalization;
using System.Text.Json;

namespace Keelson.Notary.Client;

/// <summary>The staged changes of a collection: <c>tuf/GUN/changelist/TIME_UUID.change</c>, in the order of their names.</summary>
public sealed class TrustChangelist
{
    private const long NanosecondsPerTick = 100;
    private readonly string directory;
    private readonly TimeProvider time;
    private long last;

    internal TrustChangelist(string collection, TimeProvider time) => (directory, this.time) = (Path.Combine(collection, "changelist"), time);

    /// <summary>The changes, oldest first, each with the name of its file.</summary>
    /// <exception cref="KeelsonException">DataLoss: a file is not a change.</exception>
    public IReadOnlyList<(string Name, TrustChange Change)> List()
    {
        if (!Directory.Exists(directory)) return [];
        List<(string, TrustChange)> changes = [];
        foreach (string path in Directory.EnumerateFiles(directory, "*.change").Order(StringComparer.Ordinal))
        {
            try
            {
                changes.Add((Path.GetFileName(path), TrustChange.Read(File.ReadAllBytes(path))));
            }
            catch (Exception e) when (e is TufException or FormatException or InvalidOperationException or JsonException)
            {
                throw new KeelsonException(ErrorKind.DataLoss, $"read change {Path.GetFileName(path)}: not a change", e);
            }
        }
        return changes;
    }

    /// <summary>Stages a change.</summary>
    public void Add(TrustChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        // Two changes of one tick keep their order.
        long now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
        last = Math.Max(now, last + 1);
        SecretFile.Write(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{last:D20}_{Guid.NewGuid()}.change")), change.Write());
    }

    /// <summary>Forgets changes: the named ones, or all.</summary>
    /// <param name="names">Names of files; all by default.</param>
    public void Remove(IEnumerable<string>? names = null)
    {
        foreach (string name in names?.ToArray() ?? [.. List().Select(change => change.Name)]) File.Delete(Path.Combine(directory, name));
    }
}
