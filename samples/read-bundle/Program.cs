// Reads the configuration of an OCI bundle and says what is wrong with it, and what it would run.
//   read-bundle BUNDLE
using Keelson;
using Keelson.Oci;

if (args.Length != 1)
{
    Console.Error.WriteLine("usage: read-bundle BUNDLE");
    return 2;
}
try
{
    string file = Path.Combine(args[0], "config.json");
    RuntimeSpec spec = RuntimeSpecParser.Parse(File.ReadAllBytes(file), file);
    SpecFindings findings = RuntimeSpecValidator.Validate(spec);
    foreach (SpecFinding warning in findings.Warnings) Console.Error.WriteLine($"warning: {warning}");
    foreach (SpecFinding error in findings.Errors) Console.Error.WriteLine($"error: {error}");
    Console.WriteLine($"runs {string.Join(' ', spec.Process?.Args ?? [])} as user {spec.Process?.User.Uid} on {spec.Root?.Path}");
    Console.WriteLine($"with {spec.Mounts.Length} mounts and new namespaces: {string.Join(", ", spec.Linux?.Namespaces.Where(space => space.Path is null).Select(space => space.Type) ?? [])}");
    return findings.IsValid ? 0 : 1;
}
catch (Exception e) when (e is KeelsonException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
