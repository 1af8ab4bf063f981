using Keelson.Network.Tests;
using Xunit.Runner.InProc.SystemConsole;

// Started by a test, this program is an engine whose user is not root, or changes networks until it is killed; otherwise it runs the tests.
if (Environment.GetEnvironmentVariable(PastaTests.ChildVariable) is { } place)
{
    await PastaTests.ServeAsync(place);
    return 0;
}
if (Environment.GetEnvironmentVariable(KilledTests.ChildVariable) is not { } life) return await ConsoleRunner.Run(args);
await KilledTests.LiveAndDieAsync(life.Split(' '));
return 0;
