using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Containers;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Plan;

/// <summary>Compiles the start of a container as <c>create</c> would, and shows the plan instead of playing it.</summary>
/// <remarks>No cgroup and no state is made, so the steps that enter cgroups are missing; pipes stand for the start gate and the console socket.</remarks>
internal static class StartPlanText
{
    /// <summary>The plan's text.</summary>
    public static string Write(RuntimeOptions runtime, CreateOptions options)
    {
        BundleConfiguration bundle = BundleConfiguration.Read(options.Id, options.Bundle, runtime.Warn);
        Files.TryPipe(out FdHandle? gate, out FdHandle? console).ThrowIfError("pipe");
        using (gate)
        using (console)
        using (ChildChannel channel = new())
        using (NamespaceSet namespaces = NamespaceSet.Open(bundle.Spec.Linux?.Namespaces))
        using (FdHandle hostProc = HostProc.Open())
        using (MountPreparation preparation = new())
        using (SyscallPlan prologue = new(), plan = new())
        {
            StartResources start = new()
            {
                Channel = channel,
                HostProc = hostProc,
                Namespaces = namespaces,
                Preparation = preparation,
                StartGate = gate,
                ConsoleSocket = bundle.Spec.Process!.Terminal ? console : null,
                NotForChild = [channel.ParentFd],
            };
            start.Compile(runtime, options, bundle, prologue, plan);

            Dictionary<int, string> descriptors = new()
            {
                [channel.ChildEnd.Fd] = "channel", [channel.ParentFd] = "parent", [hostProc.Fd] = "proc", [gate!.Fd] = "start", [console!.Fd] = "console",
            };
            foreach ((CloneFlags kind, FdHandle file, _) in namespaces.JoinedFiles) descriptors[file.Fd] = NamespaceSet.Name(kind) + " namespace";
            PlanText text = new(descriptors);
            if (prologue.Count > 0) text.AddHeading("the runtime, before the clone:");
            text.Add(prologue);
            text.AddHeading($"the child, cloned with {NewNamespaces(namespaces)}:");
            text.Add(plan);
            return text.ToString();
        }
    }

    private static string NewNamespaces(NamespaceSet namespaces)
    {
        CloneFlags flags = NamespaceSteps.FirstClone(namespaces);
        return flags == 0 ? "no new namespace" : flags.ToString().Replace(", ", "|", StringComparison.Ordinal);
    }
}
