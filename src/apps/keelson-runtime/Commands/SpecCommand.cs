using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>spec [--bundle DIR] [--rootless]</c>.</summary>
internal static class SpecCommand
{
    private const string FileName = "config.json";
    private const uint Mode = 0b110_110_110;

    /// <summary>Writes a configuration to start from; one that is there is left alone.</summary>
    public static int Run(ArgumentReader reader)
    {
        string bundle = ".";
        bool isRootless = false;
        reader.ReadAll(name =>
        {
            if (name is "bundle" or "b") bundle = reader.Value();
            else if (name == "rootless") isRootless = reader.Switch();
            else throw reader.Unknown();
        }, most: 0);
        RuntimeSpec spec = isRootless ? SpecTemplate.CreateRootless(Processes.EffectiveUserId, Processes.EffectiveGroupId) : SpecTemplate.Create();
        string path = bundle == "." ? FileName : bundle.TrimEnd('/') + "/" + FileName;
        Errno errno = Files.TryWriteFile(path, RuntimeSpecWriter.ToUtf8(spec), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, Mode);
        if (errno == Errno.EEXIST) throw new KeelsonException(ErrorKind.AlreadyExists, $"write {path}: it exists; remove it first");
        errno.ThrowIfError("write", path);
        return 0;
    }
}
