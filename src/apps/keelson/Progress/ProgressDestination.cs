namespace Keelson.Cli.Progress;

/// <summary>Where progress is shown.</summary>
internal enum ProgressDestination
{
    /// <summary>Nowhere; errors count all the same.</summary>
    Nowhere,
    /// <summary>Standard output.</summary>
    Output,
    /// <summary>Standard error.</summary>
    Errors,
}
