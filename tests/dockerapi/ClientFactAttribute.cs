using System.Runtime.CompilerServices;

namespace Keelson.DockerApi.Tests;

/// <summary>A test with the first client that is here; needs root and the published daemon.</summary>
public sealed class ClientFactAttribute : FactAttribute
{
    /// <summary>Skips the test where something is missing.</summary>
    public ClientFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) => Skip = ClientTheoryAttribute.Missing("");
}
