namespace Keelson.Docker;

/// <summary>What a row of GET /containers/json tells that a table shows; <see cref="ContainerSummary"/> is all of it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Names">Its names, each with a slash before it.</param>
/// <param name="Image">The image as it was asked for, or its identity.</param>
/// <param name="ImageId">The image's identity.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Created">When it was made, in seconds since 1970.</param>
/// <param name="Ports">Its ports.</param>
/// <param name="Status">What it is doing, in words.</param>
/// <param name="SizeRw">Bytes of its own layer; 0 when they were not asked for.</param>
/// <param name="SizeRootFs">Bytes of all its layers; 0 when they were not asked for.</param>
public readonly record struct ContainerLine(string Id, IReadOnlyList<string> Names, string Image, string ImageId, string Command, long Created, IReadOnlyList<Port> Ports, string Status, long SizeRw, long SizeRootFs)
{
    /// <summary>That much of a whole row.</summary>
    public static ContainerLine Of(ContainerSummary container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return new(container.Id, container.Names ?? [], container.Image, container.ImageID, container.Command, container.Created, container.Ports ?? [], container.Status, container.SizeRw, container.SizeRootFs);
    }
}
