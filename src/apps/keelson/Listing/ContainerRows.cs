using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Listing;

/// <summary>The rows of <c>ps</c>.</summary>
internal static class ContainerRows
{
    private const int CommandWidth = 20, MountWidth = 15;

    /// <summary>The columns.</summary>
    public const string Table = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

    /// <summary>The columns with sizes.</summary>
    public const string TableWithSize = Table + "\t{{.Size}}";

    /// <summary>The titles.</summary>
    public static readonly Listing Listing = new("ID=CONTAINER ID", "Names=NAMES", "Image=IMAGE", "Command=COMMAND", "RunningFor=CREATED", "CreatedAt=CREATED AT", "Ports=PORTS",
        "State=STATE", "Status=STATUS", "Size=SIZE", "Labels=LABELS", "Mounts=MOUNTS", "LocalVolumes=LOCAL VOLUMES", "Networks=NETWORKS");

    /// <summary>A row.</summary>
    public static Row Of(ContainerSummary container, TimeProvider time, bool isShort) => new()
    {
        Labels = container.Labels,
        ["ID"] = isShort ? Ellipsis.ShortId(container.Id) : container.Id,
        ["Names"] = string.Join(',', NamesOf(container, isShort)),
        ["Image"] = ImageOf(container, isShort),
        ["Command"] = (Func<object?>)(() => Quote(isShort ? Ellipsis.Cut(container.Command, CommandWidth) : container.Command)),
        ["CreatedAt"] = (Func<object?>)(() => Times.Local(container.Created, time)),
        ["RunningFor"] = (Func<object?>)(() => Times.Ago(container.Created, time)),
        ["Ports"] = (Func<object?>)(() => PortText.Of(container.Ports ?? [])),
        ["State"] = container.State,
        ["Status"] = container.Status,
        ["Size"] = (Func<object?>)(() => SizeOf(container)),
        ["Labels"] = (Func<object?>)(() => Labels(container.Labels)),
        ["Mounts"] = (Func<object?>)(() => string.Join(',', (container.Mounts ?? []).Select(m => m.Name ?? m.Source).Select(n => isShort ? Ellipsis.Cut(n, MountWidth) : n))),
        ["LocalVolumes"] = (Func<object?>)(() => $"{(container.Mounts ?? []).Count(m => m.Driver == "local")}"),
        ["Networks"] = (Func<object?>)(() => string.Join(',', (container.NetworkSettings?.Networks ?? []).Keys.Order(StringComparer.Ordinal))),
    };

    /// <summary>Labels in one text.</summary>
    public static string Labels(Dictionary<string, string>? labels) => string.Join(',', (labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    private static IEnumerable<string> NamesOf(ContainerSummary container, bool isShort)
    {
        foreach (string name in container.Names ?? [])
        {
            string own = name.StartsWith('/') ? name[1..] : name;
            // With further slashes it is a name that a link gives.
            if (!isShort || !own.Contains('/', StringComparison.Ordinal)) yield return own;
        }
    }

    private static string ImageOf(ContainerSummary container, bool isShort)
    {
        if (container.Image.Length == 0) return "<no image>";
        if (!isShort) return container.Image;
        if (container.Image == container.ImageID || Ellipsis.ShortId(container.ImageID) == Ellipsis.ShortId(container.Image)) return Ellipsis.ShortId(container.ImageID);
        int digest = container.Image.IndexOf('@', StringComparison.Ordinal);
        return digest > 0 && container.Image.LastIndexOf(':', digest - 1) > container.Image.LastIndexOf('/', digest - 1) ? container.Image[..digest] : container.Image;
    }

    private static string SizeOf(ContainerSummary container) =>
        container.SizeRootFs > 0 ? $"{Units.Size(container.SizeRw)} (virtual {Units.Size(container.SizeRootFs)})" : Units.Size(container.SizeRw);

    /// <summary>A text in quotes, as Go quotes it.</summary>
    public static string Quote(string text)
    {
        System.Text.StringBuilder quoted = new("\"");
        foreach (char c in text)
            quoted.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", < ' ' or '\x7f' => $"\\x{(int)c:x2}", _ => c.ToString() });
        return quoted.Append('"').ToString();
    }
}
