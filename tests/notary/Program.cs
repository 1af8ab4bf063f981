using Keelson.Notary.Tests.Stores;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    ["publish", var file, var gun] => await PublishChild.RunAsync(file, gun),
    ["rate", var file] => await PublishRate.RunAsync(file),
    _ => await ConsoleRunner.Run(args),
};
