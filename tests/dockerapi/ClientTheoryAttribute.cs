using System.Runtime.CompilerServices;

namespace Keelson.DockerApi.Tests;

/// <summary>A test for each client that is here; needs root and the published daemon.</summary>
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test where something is missing.</summary>
    /// <param name="programs">What it needs besides, with a space between two.</param>
    /// <param name="file">Where the test is.</param>
    /// <param name="line">Where in it.</param>
    public ClientTheoryAttribute(string programs = "", [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) => Skip = Missing(programs);

    internal static string? Missing(string programs) => Needs.Missing(Need.Root) ?? Needs.Missing(Need.PublishedDaemon) ?? Needs.Missing(Need.PublishedPrograms)
        ?? (DaemonWithClients.Clients.Length == 0 ? "needs program docker" : null)
        ?? programs.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(program => !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))).Select(program => $"needs program {program}").FirstOrDefault();
}
