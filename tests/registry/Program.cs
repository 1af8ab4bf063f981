using Keelson.Registry.Tests.Crash;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    ["serve", var folder] => await ServeChild.RunAsync(folder, null),
    ["serve", var folder, var notified] => await ServeChild.RunAsync(folder, new Uri(notified)),
    ["serve-bucket", var bucket, var connection] => await ServeChild.RunOnBucketAsync(bucket, connection),
    _ => await ConsoleRunner.Run(args),
};
