namespace Keelson.Oci;

/// <summary>I/O priority of a process.</summary>
/// <remarks>runtime-spec 1.3 config "Linux Process", <c>ioPriority</c>; ioprio_set(2).</remarks>
public sealed class IoPrioritySpec
{
    /// <summary>The class.</summary>
    public IoPriorityClass Class { get; set; } = IoPriorityClass.IOPRIO_CLASS_BE;

    /// <summary>0 (first) to 7 (last) within the class.</summary>
    public int Priority { get; set; }
}
