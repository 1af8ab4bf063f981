// Unpacks a layer of an image into a directory: plain, gzip or zstd. Nothing in it can reach outside, whatever its names and links say.
//   unpack-layer LAYER DIRECTORY
using Keelson;
using Keelson.Archive;
using Keelson.Linux;
using Keelson.Linux.Sys;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: unpack-layer LAYER DIRECTORY");
    return 2;
}
try
{
    Directory.CreateDirectory(args[1]);
    using FileStream layer = File.OpenRead(args[0]);
    using FdHandle root = Files.Open(args[1], OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
    // Whoever is not root cannot give files away.
    ExtractOptions options = new() { HashesInput = true, ChangesOwner = Environment.UserName == "root" };
    LayerResult result = await LayerExtractor.ExtractAsync(layer, root, options);
    Console.WriteLine($"{result.Entries} entries, {result.Size} bytes of tar; diff ID {result.DiffId}, stored as {result.Digest}");
    return 0;
}
catch (Exception e) when (e is KeelsonException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
