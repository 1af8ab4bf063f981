using System.Diagnostics;

namespace Keelson;

/// <summary>Activities of the engine, for programs that listen to them: <c>System.Diagnostics.ActivityListener</c>, OpenTelemetry. Where nobody listens none is made.</summary>
public static class Tracing
{
    /// <summary>What listeners know the source by.</summary>
    public const string SourceName = "Keelson";

    /// <summary>Makes the activities.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <summary>Does some work as an activity.</summary>
    /// <param name="name">What is done, the same for all objects: <c>pull image</c>.</param>
    /// <param name="tag">What kind of object it is done with: <c>keelson.image</c>.</param>
    /// <param name="value">The object.</param>
    /// <param name="work">The work; what it throws is the activity's error.</param>
    public static async Task<T> RunAsync<T>(string name, string tag, string value, Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using Activity? activity = Source.StartActivity(name)?.SetTag(tag, value);
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(string name, string tag, string value, Func<Task> work) => RunAsync(name, tag, value, async () =>
    {
        await work().ConfigureAwait(false);
        return true;
    });
}
