using System.Globalization;
using Keelson.Content;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Engine.Tasks.Restarts;

/// <summary>When a task that should run and does not is started.</summary>
internal static class RestartPolicy
{
    /// <summary>Whether it is to be started.</summary>
    /// <param name="labels">Labels of its container: <c>always</c> (also without a policy), <c>on-failure</c> with or without <c>:N</c>, <c>unless-stopped</c>, <c>no</c>.</param>
    /// <param name="task">What is known of it; <see langword="null"/> when there is none.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the policy is unknown.</exception>
    public static bool WantsStart(LabelSet labels, TaskSummary? task)
    {
        string policy = labels.GetValueOrDefault(RestartLabels.Policy, "");
        string[] parts = policy.Split(':', 2);
        int most = 0;
        if (parts.Length == 2 && (parts[0] != "on-failure" || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out most))) throw Unknown(policy);
        return parts[0] switch
        {
            "" or "always" => true,
            "on-failure" => task is { Status: TaskStatus.Stopped, ExitStatus: not 0 } && (most == 0 || Count(labels) < most),
            "unless-stopped" => !IsTrue(labels.GetValueOrDefault(RestartLabels.ExplicitlyStopped, "")),
            "no" => false,
            _ => throw Unknown(policy),
        };
    }

    /// <summary>How often it was started again; 0 when the label says nothing.</summary>
    public static int Count(LabelSet labels) => int.TryParse(labels.GetValueOrDefault(RestartLabels.Count, ""), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count) ? count : 0;

    /// <summary>What Go takes for true.</summary>
    private static bool IsTrue(string text) => text is "1" or "t" or "T" or "true" or "TRUE" or "True";

    private static KeelsonException Unknown(string policy) => new(ErrorKind.InvalidArgument, $"restart policy '{policy}': it is none of no, always, on-failure[:N], unless-stopped");
}
