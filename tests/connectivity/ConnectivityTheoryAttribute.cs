using System.Runtime.CompilerServices;

namespace Keelson.Connectivity.Tests;

/// <summary>Rows of data for a test that needs root, docker and what the peer serves with.</summary>
public sealed class ConnectivityTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test where something is missing.</summary>
    public ConnectivityTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) => Skip = Callers.Missing("dockerd", "docker", "tini", "socat", "dnsmasq");
}
