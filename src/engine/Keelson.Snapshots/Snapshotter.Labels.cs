using System.Collections.Immutable;
using System.Text;

namespace Keelson.Snapshots;

public abstract partial class Snapshotter
{
    private const string LabelPrefix = "labels.";

    private void CheckKey(string operation, string key)
    {
        if (key.Length == 0) throw table.Error(ErrorKind.InvalidArgument, operation, "''", "its key is empty");
        if (Encoding.UTF8.GetByteCount(key) > KeyLimitBytes) throw table.Error(ErrorKind.InvalidArgument, operation, key[..64] + "...", $"its key has more than {KeyLimitBytes} bytes");
        if (key.Any(char.IsControl)) throw table.Error(ErrorKind.InvalidArgument, operation, $"'{string.Concat(key.Where(c => !char.IsControl(c)))}'", "its key has control characters");
    }

    private static ImmutableSortedDictionary<string, string> Frozen(IReadOnlyDictionary<string, string>? labels) =>
        labels is null or { Count: 0 } ? ImmutableSortedDictionary<string, string>.Empty : labels.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private ImmutableSortedDictionary<string, string> Merge(SnapshotInfo current, IReadOnlyDictionary<string, string> labels, IReadOnlyCollection<string>? fieldPaths)
    {
        if (fieldPaths is null or { Count: 0 }) return Frozen(labels);
        ImmutableSortedDictionary<string, string> merged = Frozen(current.Labels);
        foreach (string path in fieldPaths)
        {
            if (path == "labels") merged = Frozen(labels);
            else if (!path.StartsWith(LabelPrefix, StringComparison.Ordinal)) throw table.Error(ErrorKind.InvalidArgument, "update", current.Name, $"its {path} never changes");
            else
            {
                string key = path[LabelPrefix.Length..];
                merged = labels.TryGetValue(key, out string? value) ? merged.SetItem(key, value) : merged.Remove(key);
            }
        }
        return merged;
    }
}
