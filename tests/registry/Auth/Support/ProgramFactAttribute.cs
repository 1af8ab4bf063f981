using System.Runtime.CompilerServices;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Needs programs of others.</summary>
public sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string programs, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        foreach (string program in programs.Split(' '))
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Skip = $"needs program {program}";
    }
}
