namespace Keelson.Oci;

/// <summary>CPUs that an exec'd process runs on, as <c>0-3,7</c>.</summary>
/// <remarks>runtime-spec 1.3 config "Linux Process", <c>execCPUAffinity</c>.</remarks>
public sealed class ExecCpuAffinity
{
    /// <summary>Before it is moved to the container's control group.</summary>
    public string? Initial { get; set; }

    /// <summary>After it was moved.</summary>
    public string? Final { get; set; }
}
