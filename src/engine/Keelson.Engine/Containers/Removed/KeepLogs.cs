namespace Keelson.Engine.Containers;

/// <summary>The label that asks for a container's log to stay when the container is removed.</summary>
internal static class KeepLogs
{
    /// <summary>The label: <c>true</c>, <c>false</c>, or for how long, such as <c>72h</c>.</summary>
    public const string Label = "io.keelson.keep-logs";

    /// <summary>Whether the log stays, and for how long; no time is for ever.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the label says neither.</exception>
    public static (bool IsKept, TimeSpan? Time) Of(ContainerSettings settings) => settings.Labels?.GetValueOrDefault(Label, "") switch
    {
        null or "" or "false" => (false, null),
        "true" => (true, null),
        { } text when GoDuration.Parse(text) is { Ticks: > 0 } time => (true, time),
        { } text => throw new KeelsonException(ErrorKind.InvalidArgument, $"label {Label}: '{text}' is neither true nor false nor a time such as 72h"),
    };
}
