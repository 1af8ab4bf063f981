using Keelson.Engine.Tests;
using Xunit.Runner.InProc.SystemConsole;

return args is ["life", ..] ? await EngineLife.RunAsync(args[1..]) : await ConsoleRunner.Run(args);
