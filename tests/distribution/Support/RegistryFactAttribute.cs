using System.Runtime.CompilerServices;

namespace Keelson.Distribution.Tests;

/// <summary>Needs Debian's docker-registry, and other programs.</summary>
public sealed class RegistryFactAttribute : FactAttribute
{
    public RegistryFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        foreach (string program in (string[])["docker-registry", "skopeo", "htpasswd"])
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Skip = $"needs program {program}";
    }
}
