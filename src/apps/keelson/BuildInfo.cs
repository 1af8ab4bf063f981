namespace Keelson.Cli;

/// <summary>The program's own version; the constants are written by the build.</summary>
internal static partial class BuildInfo;
