using Xunit.Runner.InProc.SystemConsole;

return args is ["publish", ..] ? await PublishChild.RunAsync(args) : await ConsoleRunner.Run(args);
