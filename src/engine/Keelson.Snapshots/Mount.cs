namespace Keelson.Snapshots;

/// <summary>A mount as containerd's API carries it, <c>containerd.types.Mount</c>: what mount(8) is told.</summary>
/// <param name="Type"><c>bind</c>, <c>overlay</c>, or another type of file system.</param>
/// <param name="Source">A directory, a device, or a name.</param>
/// <param name="Options">Words of mount(8), one each: <c>ro</c>, <c>lowerdir=/a:/b</c>.</param>
/// <param name="Target">Below the place where the list is mounted; empty for that place itself.</param>
public sealed record Mount(string Type, string Source, IReadOnlyList<string> Options, string Target = "")
{
    /// <summary>As people read it: <c>overlay overlay index=off,lowerdir=/a:/b</c>.</summary>
    public override string ToString() => $"{Type} {Source} {string.Join(',', Options)}{(Target.Length > 0 ? " on " + Target : "")}";
}
