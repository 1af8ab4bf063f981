using Keelson.Registry.Tests.Crash;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    ["serve", var folder] => await ServeChild.RunAsync(folder),
    ["serve", var bucket, var connection] => await ServeChild.RunAsync(bucket, connection),
    _ => await ConsoleRunner.Run(args),
};
