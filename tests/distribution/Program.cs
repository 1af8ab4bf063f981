using Keelson.Distribution.Tests;
using Xunit.Runner.InProc.SystemConsole;

return args is ["pull", ..] ? await PullChild.RunAsync(args[1..]) : await ConsoleRunner.Run(args);
