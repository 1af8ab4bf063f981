using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keelson.Seccomp.Tests;

/// <summary>Needs libseccomp and the profile that podman and docker's package bring along.</summary>
public sealed class LibseccompFactAttribute : FactAttribute
{
    /// <summary>Skips the test where either is missing.</summary>
    public LibseccompFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if (!NativeLibrary.TryLoad(Libseccomp.Library, out _)) Skip = "needs libseccomp";
        else if (!File.Exists(ContainersProfile.Path)) Skip = "needs the seccomp profile of containers-common";
    }
}
