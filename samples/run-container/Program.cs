// Runs a container from an OCI bundle, inside this process's own program: no command line in between.
//   run-container BUNDLE [STATE-DIRECTORY]
using Keelson;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime;

if (args.Length is 0 or > 2)
{
    Console.Error.WriteLine("usage: run-container BUNDLE [STATE-DIRECTORY]");
    return 2;
}
ContainerRuntime runtime = new(new RuntimeOptions
{
    Root = args.Length == 2 ? args[1] : new RuntimeOptions().Root,
    Warn = message => Console.Error.WriteLine("warning: " + message),
});
try
{
    using Container container = runtime.Create(new CreateOptions { Id = "sample-" + Environment.ProcessId, Bundle = args[0] });
    Console.WriteLine($"{container.Id} is created: process {container.Pid}, {container.Cgroup?.Directories.Count ?? 0} cgroup directories");
    container.Start();
    // The container's process is a child of this program, which therefore learns its status.
    Processes.TryWait(container.Pid, out WaitStatus status, out _).ThrowIfError("wait", container.Id);
    Console.WriteLine($"it ended with {status.ShellCode}; {container.Cgroup?.OomKillCount() ?? 0} of its processes were killed for memory");
    container.Delete();
    return status.ShellCode;
}
catch (KeelsonException e)
{
    Console.Error.WriteLine(e.FullMessage);
    return 1;
}
