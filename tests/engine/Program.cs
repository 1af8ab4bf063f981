using Keelson.Engine.Tests;
using Keelson.Engine.Tests.Containers;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    ["life", ..] => await EngineLife.RunAsync(args[1..]),
    ["volumes", ..] => await VolumeLife.RunAsync(args[1..]),
    ["containers", ..] => await ContainerLife.RunAsync(args[1..]),
    _ => await ConsoleRunner.Run(args),
};
