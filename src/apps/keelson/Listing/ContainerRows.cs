using Keelson.Cli.Templates;
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

    /// <summary>A row for templates.</summary>
    public static ITemplateObject Of(ContainerSummary container, TimeProvider time, bool isShort) => new ContainerRow(container, time, isShort);

    /// <summary>The table that is printed when nothing else is asked for, without a template between rows and columns.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="now">The time.</param>
    /// <param name="isShort">Whether long texts are cut.</param>
    /// <param name="withSize">Whether there is a column of sizes.</param>
    public static TextTable TableOf(IEnumerable<ContainerLine> rows, DateTimeOffset now, bool isShort, bool withSize)
    {
        TextTable table = new();
        string[] titles = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", "SIZE"];
        table.Add(withSize ? titles : titles[..^1]);
        // Neighbours often say the same; their texts are made once.
        (ContainerLine Row, string Image, string Command, string Ago) last = (default, "", "", "");
        foreach (ContainerLine row in rows)
        {
            string image = row.Image == last.Row.Image && row.ImageId == last.Row.ImageId ? last.Image : Image(row.Image, row.ImageId, isShort);
            string command = row.Command == last.Row.Command ? last.Command : Command(row.Command, isShort);
            string ago = row.Created == last.Row.Created ? last.Ago : Times.Ago(row.Created, now);
            last = (row, image, command, ago);
            string id = Id(row.Id, isShort), ports = PortText.Of(row.Ports), names = Names(row.Names, isShort);
            table.Add(withSize ? [id, image, command, ago, row.Status, ports, names, Size(row.SizeRw, row.SizeRootFs)] : [id, image, command, ago, row.Status, ports, names]);
        }
        return table;
    }

    /// <summary>An identity.</summary>
    public static string Id(string id, bool isShort) => isShort ? Ellipsis.ShortId(id) : id;

    /// <summary>The names in one text.</summary>
    public static string Names(IReadOnlyList<string> names, bool isShort)
    {
        // With further slashes it is a name that a link gives.
        static string Own(string name) => name.StartsWith('/') ? name[1..] : name;
        return names is [string only] && (!isShort || only.LastIndexOf('/') <= 0) ? Own(only)
            : string.Join(',', names.Select(Own).Where(own => !isShort || !own.Contains('/', StringComparison.Ordinal)));
    }

    /// <summary>A command in quotes.</summary>
    public static string Command(string command, bool isShort) => Quote(isShort ? Ellipsis.Cut(command, CommandWidth) : command);

    /// <summary>Where something is mounted from.</summary>
    public static string Mount(MountPoint mount, bool isShort) => isShort ? Ellipsis.Cut(mount.Name ?? mount.Source, MountWidth) : mount.Name ?? mount.Source;

    /// <summary>Labels in one text.</summary>
    public static string Labels(Dictionary<string, string>? labels) => string.Join(',', (labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    /// <summary>An image: as it was asked for, or its identity.</summary>
    public static string Image(string image, string imageId, bool isShort)
    {
        if (image.Length == 0) return "<no image>";
        if (!isShort) return image;
        if (image == imageId || Ellipsis.ShortId(imageId) == Ellipsis.ShortId(image)) return Ellipsis.ShortId(imageId);
        int digest = image.IndexOf('@', StringComparison.Ordinal);
        return digest > 0 && image.LastIndexOf(':', digest - 1) > image.LastIndexOf('/', digest - 1) ? image[..digest] : image;
    }

    /// <summary>What a container takes.</summary>
    public static string Size(long own, long all) => all > 0 ? $"{Units.Size(own)} (virtual {Units.Size(all)})" : Units.Size(own);

    /// <summary>A text in quotes, as Go quotes it.</summary>
    public static string Quote(string text)
    {
        System.Text.StringBuilder quoted = new("\"");
        foreach (char c in text)
            quoted.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", < ' ' or '\x7f' => $"\\x{(int)c:x2}", _ => c.ToString() });
        return quoted.Append('"').ToString();
    }
}
