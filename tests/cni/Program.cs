using Keelson.Cni.Tests.Plugin;
using Xunit.Runner.InProc.SystemConsole;

// Started by a test, this program is the plug-in, and is killed at one of its steps; otherwise it runs the tests.
if (Environment.GetEnvironmentVariable(KilledTests.StepVariable) is not { } step) return await ConsoleRunner.Run(args);
return await KilledTests.LiveAndDieAsync(step);
