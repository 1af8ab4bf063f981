using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Runtime.Containers;

/// <summary>The configuration of a bundle, read and checked.</summary>
/// <param name="Directory">Absolute path of the bundle.</param>
/// <param name="Rootfs">Absolute path of the root file system on the host.</param>
/// <param name="Json">The text of <c>config.json</c>.</param>
/// <param name="Spec">What it says; there is a program to run.</param>
internal sealed record BundleConfiguration(string Directory, string Rootfs, ReadOnlyMemory<byte> Json, RuntimeSpec Spec)
{
    /// <summary>Reads <c>config.json</c>.</summary>
    /// <param name="id">The container's name, for errors.</param>
    /// <param name="bundle">Directory of the bundle.</param>
    /// <param name="warn">Takes what is odd but no reason to stop.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the configuration is wrong; the message names the property.</exception>
    public static BundleConfiguration Read(string id, string bundle, Action<string> warn)
    {
        string directory = Path.GetFullPath(bundle);
        ReadOnlyMemory<byte> json = Files.ReadAll(directory + "/config.json");
        RuntimeSpec spec = RuntimeSpecParser.Parse(json.Span);
        SpecFindings findings = RuntimeSpecValidator.Validate(spec);
        findings.ThrowIfInvalid();
        foreach (SpecFinding warning in findings.Warnings) warn(warning.ToString());
        if (spec.Process is null || spec.Process.Args.Length == 0)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create container {id}: config.json: process.args: there is no program to run");
        return new BundleConfiguration(directory, spec.Root!.Path is ['/', ..] absolute ? absolute : directory + "/" + spec.Root.Path, json, spec);
    }
}
