using Keelson.Content.Tests;
using Xunit.Runner.InProc.SystemConsole;

// Started by a test, this program lives the life of a store until it is killed; otherwise it runs the tests.
if (Environment.GetEnvironmentVariable(CrashTests.ChildVariable) is not { } life) return await ConsoleRunner.Run(args);
await CrashTests.LiveAndDieAsync(life.Split(' '));
return 0;
