using Keelson.Linux;
using Keelson.Oci;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Hooks;

/// <summary>Runs the hooks of a configuration. runtime-spec 1.3 config "POSIX-platform Hooks".</summary>
internal static class HookRunner
{
    /// <summary>Runs hooks in their order and stops at the first that fails.</summary>
    /// <param name="kind">Their name in the configuration, for errors.</param>
    /// <param name="hooks">The hooks.</param>
    /// <param name="state">The container's state as JSON, for their standard input.</param>
    /// <param name="container">The namespaces to run in; <see langword="null"/> for the runtime's.</param>
    /// <exception cref="KeelsonException">One could not be started, ended with an error or took too long.</exception>
    public static void RunAll(string kind, HookSpec[] hooks, ReadOnlyMemory<byte> state, HelperProgram.NamespaceTarget? container = null)
    {
        for (int i = 0; i < hooks.Length; i++)
        {
            HookSpec hook = hooks[i];
            string name = $"hook {kind}[{i}] {hook.Path}";
            TimeSpan? timeout = hook.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            string[] arguments = hook.Args.Length > 0 ? hook.Args : [hook.Path];
            HelperResult result;
            try
            {
                result = HelperProgram.Run(hook.Path, arguments, hook.Env, state, timeout, container);
            }
            catch (LinuxException e)
            {
                throw new KeelsonException(e.Kind, "run " + name, e);
            }
            if (result.Status.Raw != 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"run {name}: {result.Describe()}");
        }
    }

    /// <summary>Runs all hooks; what fails is a warning.</summary>
    public static void RunEach(string kind, HookSpec[] hooks, ReadOnlyMemory<byte> state, Action<string> warn)
    {
        foreach (HookSpec hook in hooks)
        {
            try
            {
                RunAll(kind, [hook], state);
            }
            catch (KeelsonException e)
            {
                warn(e.FullMessage);
            }
        }
    }
}
