namespace Keelson.Docker;

/// <summary>A path that differs from the image: 0 changed, 1 added, 2 deleted.</summary>
public sealed record ContainerChange
{
    public byte Kind { get; set; }

    public string Path { get; set => field = value ?? ""; } = "";
}
