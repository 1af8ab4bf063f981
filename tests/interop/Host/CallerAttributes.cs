using System.Runtime.CompilerServices;

namespace Keelson.Interop.Tests;

/// <summary>Needs root and containerd.</summary>
public sealed class ContainerdFactAttribute : FactAttribute
{
    /// <summary>Skips the test where one of them is missing.</summary>
    public ContainerdFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Callers.Missing("containerd", "tini");
}

/// <summary>Needs root and dockerd.</summary>
public sealed class DockerFactAttribute : FactAttribute
{
    /// <summary>Skips the test where one of them is missing.</summary>
    public DockerFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Callers.Missing("dockerd", "tini");
}

/// <summary>Needs root and podman.</summary>
public sealed class PodmanFactAttribute : FactAttribute
{
    /// <summary>Skips the test where one of them is missing.</summary>
    public PodmanFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Callers.Missing("podman", "conmon", "tini");
}
