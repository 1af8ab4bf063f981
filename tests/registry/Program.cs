using Keelson.Registry.Tests.Crash;
using Xunit.Runner.InProc.SystemConsole;

return args is ["serve", var folder] ? await ServeChild.RunAsync(folder) : await ConsoleRunner.Run(args);
