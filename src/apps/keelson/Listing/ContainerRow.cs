using Keelson.Cli.Templates;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Listing;

/// <summary>A row of <c>ps</c> for templates. A field is made when it is asked for.</summary>
internal sealed class ContainerRow(ContainerSummary container, TimeProvider time, bool isShort) : ITemplateObject
{
    private static readonly string[] Sorted = ["Command", "CreatedAt", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Names", "Networks", "Ports", "RunningFor", "Size", "State", "Status"];

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, object?>> Fields => Sorted.Select(name => new KeyValuePair<string, object?>(name, Field(name)));

    /// <inheritdoc/>
    public bool TryGet(string name, out object? value) => (value = Field(name)) is not null;

    /// <inheritdoc/>
    public bool TryCall(string name, object?[] arguments, out object? value)
    {
        value = null;
        if (name != "Label" || arguments is not [string label]) return false;
        value = container.Labels?.GetValueOrDefault(label) ?? "";
        return true;
    }

    private string? Field(string name) => name switch
    {
        "ID" => ContainerRows.Id(container.Id, isShort),
        "Names" => ContainerRows.Names(container.Names ?? [], isShort),
        "Image" => ContainerRows.Image(container.Image, container.ImageID, isShort),
        "Command" => ContainerRows.Command(container.Command, isShort),
        "CreatedAt" => Times.Local(container.Created, time),
        "RunningFor" => Times.Ago(container.Created, time),
        "Ports" => PortText.Of(container.Ports ?? []),
        "State" => container.State,
        "Status" => container.Status,
        "Size" => ContainerRows.Size(container.SizeRw, container.SizeRootFs),
        "Labels" => ContainerRows.Labels(container.Labels),
        "Mounts" => string.Join(',', (container.Mounts ?? []).Select(mount => ContainerRows.Mount(mount, isShort))),
        "LocalVolumes" => $"{(container.Mounts ?? []).Count(mount => mount.Driver == "local")}",
        "Networks" => string.Join(',', (container.NetworkSettings?.Networks ?? []).Keys.Order(StringComparer.Ordinal)),
        _ => null,
    };
}
