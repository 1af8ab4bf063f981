using System.Runtime.CompilerServices;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>A test with Debian's dockerd and clients that are not docker's own.</summary>
public sealed class ForeignClientFactAttribute : FactAttribute
{
    /// <summary>Skips the test where something is missing.</summary>
    public ForeignClientFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) => Skip = ClientTheoryAttribute.Missing("dockerd docker-compose");
}
