using System.Runtime.CompilerServices;

namespace Keelson.Oci.Tests;

/// <summary>Needs runC on the path.</summary>
internal sealed class RuncFactAttribute : FactAttribute
{
    public RuncFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        const string Program = "runc";
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Any(folder => File.Exists(Path.Combine(folder, Program)))) Skip = $"needs program {Program}";
    }
}
