// A registry of images in an ASP.NET Core application, beside whatever else the application serves.
//   serve-images DIRECTORY [--urls http://127.0.0.1:5000]
using Keelson.Registry;
using Keelson.Registry.Garbage;
using Keelson.Registry.Storage;

if (args is not [var directory, ..] || directory.StartsWith('-'))
{
    Console.Error.WriteLine("usage: serve-images DIRECTORY [--urls URL]");
    return 2;
}
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args[1..]);
// A layer is as long as it is.
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
await using WebApplication app = builder.Build();
await using FilesystemDriver store = new(directory);
using RegistryServer registry = new(store, new RegistryOptions { AllowsDelete = true }, app.Logger);
app.MapKeelsonRegistry(registry);
app.MapGet("/", () => "images are at /v2/");
Task housekeeping = new Housekeeping(registry, new HousekeepingOptions(), app.Logger).RunAsync(app.Lifetime.ApplicationStopping);
await app.RunAsync();
await housekeeping;
return 0;
