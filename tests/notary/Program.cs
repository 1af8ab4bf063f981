using Keelson.Notary.Tests.Stores;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    ["publish", var place, var gun] => await PublishChild.RunAsync(place, gun),
    ["rate", var place] => await PublishRate.RunAsync(place),
    _ => await ConsoleRunner.Run(args),
};
