using Keelson.Notary.Tests.Stores;
using Keelson.Notary.Tests.Tokens;
using Xunit.Runner.InProc.SystemConsole;

if (args is not ["token", ..]) SoftToken.Prepare();
return args switch
{
    ["publish", var place, var gun] => await PublishChild.RunAsync(place, gun),
    ["token", "create", var gun] => await TokenChild.RunAsync(gun),
    ["sign-rate"] => await SignRate.RunAsync(),
    ["rate", var place] => await PublishRate.RunAsync(place),
    _ => await ConsoleRunner.Run(args),
};
