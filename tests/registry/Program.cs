using Keelson.Registry.Tests.Crash;
using Xunit.Runner.InProc.SystemConsole;

return args is ["serve", var folder, ..] ? await ServeChild.RunAsync(folder, args.Length > 2 ? new Uri(args[2]) : null) : await ConsoleRunner.Run(args);
