namespace Keelson.CniCli;

/// <summary>What the build knows of itself: <c>Version</c>, and <c>Commit</c>, which is <c>unknown</c> outside of a checkout. The project file writes both.</summary>
internal static partial class BuildInfo;
