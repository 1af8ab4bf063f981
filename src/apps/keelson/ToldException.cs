namespace Keelson.Cli;

/// <summary>Something that is told on standard error and leaves the exit code alone.</summary>
internal sealed class ToldException(string message) : Exception(message);
