using Keelson.Tuf.Conformance;

return await ConformanceClient.RunAsync(args, Console.Error);
