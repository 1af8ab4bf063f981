using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Logging;

/// <summary>What the daemon logs of itself.</summary>
internal static partial class DaemonMessages
{
    [LoggerMessage(LogLevel.Information, "keelsond {Version} serves {Address} and {DockerAddress}, root {Root}")]
    public static partial void Serves(this ILogger logger, string version, string address, string dockerAddress, string root);

    [LoggerMessage(LogLevel.Information, "metrics are at {Address}")]
    public static partial void ServesMetrics(this ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "docker's clients are served at {Address} too")]
    public static partial void ServesDocker(this ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "the dashboard is at {Address}; the address that lets a browser in is in {File}")]
    public static partial void ServesDashboard(this ILogger logger, string address, string file);

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    public static partial void AuditFailed(this ILogger logger, string problem);

    [LoggerMessage(LogLevel.Information, "challenges of http-01 are answered at {Address}")]
    public static partial void AnswersChallenges(this ILogger logger, string address);

    [LoggerMessage(LogLevel.Information, "keelsond {Version} registry serves {Address} from {Driver} {Root}")]
    public static partial void RegistryServes(this ILogger logger, string version, string address, string driver, string root);

    [LoggerMessage(LogLevel.Information, "keelsond {Version} notary serves {Address} from {Store}")]
    public static partial void NotaryServes(this ILogger logger, string version, string address, string store);

    [LoggerMessage(LogLevel.Information, "keelsond stops")]
    public static partial void Stops(this ILogger logger);

    [LoggerMessage(LogLevel.Information, "containers are stopped")]
    public static partial void StopsContainers(this ILogger logger);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    public static partial void Odd(this ILogger logger, string warning);

    [LoggerMessage(LogLevel.Debug, "garbage collected: {Rows} rows, {Blobs} blobs, {Bytes} bytes in {Elapsed}")]
    public static partial void Collected(this ILogger logger, int rows, int blobs, long bytes, TimeSpan elapsed);

    [LoggerMessage(LogLevel.Warning, "garbage collection left something behind")]
    public static partial void LeftBehind(this ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Error, "garbage collection failed")]
    public static partial void CollectionFailed(this ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Information, "snapshots put right: {Completed} commits completed, {Unnamed} without a name and {Empty} without files removed")]
    public static partial void Mended(this ILogger logger, int completed, int unnamed, int empty);

    [LoggerMessage(LogLevel.Information, "image {Names} of namespace {Space} removed, since the disk is full: {Bytes} bytes")]
    public static partial void ImageRemoved(this ILogger logger, string space, string names, long bytes);

    [LoggerMessage(LogLevel.Warning, "{What}")]
    public static partial void TaskTrouble(this ILogger logger, string what, Exception failure);

    [LoggerMessage(LogLevel.Warning, "traces: {What}")]
    public static partial void TraceTrouble(this ILogger logger, string what, Exception? failure);

    /// <summary>A line of a shim, which says its level itself. What it tells of its start is of interest to who debugs.</summary>
    public static void Shim(this ILogger logger, string line)
    {
        bool Says(string level) => line.Contains("level=" + level, StringComparison.Ordinal);
        if (Says("error") || Says("fatal") || Says("panic")) logger.ShimError(line);
        else if (Says("warn")) logger.ShimWarning(line);
        else logger.ShimDebug(line);
    }

    [LoggerMessage(LogLevel.Error, "shim: {Line}")]
    private static partial void ShimError(this ILogger logger, string line);

    [LoggerMessage(LogLevel.Warning, "shim: {Line}")]
    private static partial void ShimWarning(this ILogger logger, string line);

    [LoggerMessage(LogLevel.Debug, "shim: {Line}")]
    private static partial void ShimDebug(this ILogger logger, string line);
}
