using System.Globalization;
using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Shims;
using Keelson.Shim.Api;

namespace Keelson.Engine.Sandboxes;

/// <summary>One sandbox as the engine knows it.</summary>
/// <remarks>
/// <code>
///   Create ──► (being made) ──► connected ◄──► looking for its shim ──► ended without its shim ──┐
///   Restart ───────────────────────────────────► ▲                                               ▼
///                                    connected ──────────── Shutdown ──────────────────────────► gone
/// </code>
/// An end is kept until Shutdown, also without the shim that told it, and also across a restart: it is written into the bundle.
/// </remarks>
internal sealed class SandboxEntry(string space, string id)
{
    private readonly TaskCompletionSource<ExitResponse> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isListed, isShimGone;

    public string Space => space;

    public string Id => id;

    /// <summary>Its directory; set before it is listed.</summary>
    public TaskBundle Bundle { get; set; } = null!;

    /// <summary>Whether others may see it.</summary>
    public bool IsListed { get => isListed; set => isListed = value; }

    /// <summary>Whether its shim has died and was cleaned up after.</summary>
    public bool IsShimGone => isShimGone;

    /// <summary>Held while it is made, found again or removed.</summary>
    public SemaphoreSlim Changing { get; } = new(1, 1);

    /// <summary>Held while its end is told.</summary>
    public SemaphoreSlim Telling { get; } = new(1, 1);

    /// <summary>Completes with its end; fails when the engine closes before.</summary>
    public Task<ExitResponse> Ended => ended.Task;

    /// <summary>The way to its shim.</summary>
    public ShimLink Shim { get; } = new();

    /// <summary>There will be no shim any more: who waits for one is told.</summary>
    public void Abandon()
    {
        isShimGone = true;
        Shim.Abandon(new KeelsonException(ErrorKind.FailedPrecondition, $"sandbox {id}: its shim has ended"));
    }

    /// <summary>It has ended.</summary>
    public void End(ExitResponse exit) => ended.TrySetResult(exit);

    /// <summary>The engine closes: who waits for the end waits in vain.</summary>
    public void Leave()
    {
        if (ended.TrySetException(new KeelsonException(ErrorKind.Unavailable, $"wait for sandbox {id}: the engine closes"))) _ = ended.Task.Exception;
        Abandon();
    }

    /// <summary>An end as it is written into the bundle: status and ticks of UTC.</summary>
    public static string Text(ExitResponse exit) => string.Create(CultureInfo.InvariantCulture, $"{exit.ExitStatus} {exit.ExitedAt?.UtcTicks ?? 0}");

    /// <summary>Reads what <see cref="Text"/> wrote; <see langword="null"/> when it is something else.</summary>
    public static ExitResponse? ParseEnd(string text)
    {
        string[] words = text.Split(' ');
        return words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int status) && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new(0, status, new DateTimeOffset(ticks, TimeSpan.Zero))
            : null;
    }
}
