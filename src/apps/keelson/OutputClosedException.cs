namespace Keelson.Cli;

/// <summary>Who read the output has gone: the program ends quietly, as one that gets SIGPIPE.</summary>
internal sealed class OutputClosedException : Exception;
