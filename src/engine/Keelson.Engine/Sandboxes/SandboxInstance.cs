namespace Keelson.Engine.Sandboxes;

/// <summary>A sandbox that was started.</summary>
/// <param name="Pid">The process whose namespaces its containers join.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Address">Where its shim serves tasks: <c>unix://PATH</c>.</param>
public sealed record SandboxInstance(int Pid, DateTimeOffset? CreatedAt, string Address);
