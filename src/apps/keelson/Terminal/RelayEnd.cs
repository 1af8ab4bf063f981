namespace Keelson.Cli.Terminal;

/// <summary>Why copying ended.</summary>
internal enum RelayEnd
{
    /// <summary>The process has closed its streams.</summary>
    Closed,
    /// <summary>The detach keys were typed.</summary>
    Detached,
}
