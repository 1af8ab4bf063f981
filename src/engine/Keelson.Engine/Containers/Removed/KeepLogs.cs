namespace Keelson.Engine.Containers;

/// <summary>The label that asks for a container's log to stay when the container is removed.</summary>
internal static class KeepLogs
{
    /// <summary>The label: <c>true</c>, <c>false</c>, or for how long, such as <c>72h</c>.</summary>
    public const string Label = "io.keelson.keep-logs";

    /// <summary>Whether the log stays, and for how long; no time is for ever. A label of an image that says neither counts as false: it must not keep a container from being removed.</summary>
    public static (bool IsKept, TimeSpan? Time) Of(ContainerSettings settings) => settings.Labels?.GetValueOrDefault(Label) switch
    {
        "true" => (true, null),
        { } text when GoDuration.Parse(text) is { Ticks: > 0 } time => (true, time),
        _ => (false, null),
    };

    /// <summary>Refuses a label that says neither.</summary>
    /// <exception cref="KeelsonException">InvalidArgument.</exception>
    public static void Check(ContainerSettings settings)
    {
        if (settings.Labels?.GetValueOrDefault(Label) is { } text and not ("" or "false") && !Of(settings).IsKept)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"label {Label}: '{text}' is neither true nor false nor a time such as 72h");
    }
}
