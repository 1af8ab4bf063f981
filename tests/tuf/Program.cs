using Keelson.Tuf.Tests;
using Xunit.Runner.InProc.SystemConsole;

return args is ["write", ..] ? await WriterChild.RunAsync(args[1]) : await ConsoleRunner.Run(args);
