using System.Diagnostics;
using Keelson.Snapshots.Tests;
using Xunit.Runner.InProc.SystemConsole;

// Started by a test, this program lives the life of a snapshotter until it is killed; otherwise it runs the tests.
if (Environment.GetEnvironmentVariable(CrashTests.ChildVariable) is { } life)
{
    await CrashTests.LiveAndDieAsync(life.Split(' '));
    return 0;
}

// What the tests mount is seen by them alone, and is gone when they end, however that is.
const string Inside = "KEELSON_SNAPSHOTS_INSIDE";
if (Needs.Missing(Need.Root) is not null || Environment.GetEnvironmentVariable(Inside) is not null) return await ConsoleRunner.Run(args);
ProcessStartInfo start = new("unshare", ["--mount", "--propagation", "private", Environment.ProcessPath!, .. args]);
start.Environment[Inside] = "1";
using Process inside = Process.Start(start)!;
await inside.WaitForExitAsync();
return inside.ExitCode;
