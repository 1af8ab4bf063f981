using Keelson.Cni.Plugin;

namespace Keelson.Fuzz.Targets;

/// <summary>Configurations of our own plug-in, which come from whoever may write them.</summary>
internal sealed class CniConfigTarget : IFuzzTarget
{
    public string Name => "cni-config";

    public void Run(ReadOnlySpan<byte> input)
    {
        PluginConfig config;
        try
        {
            config = PluginConfig.Read(input.ToArray());
        }
        catch (KeelsonException)
        {
            return;
        }
        if (config.Name.Contains('/', StringComparison.Ordinal) || config.Table.Contains('/', StringComparison.Ordinal)) throw new InvalidOperationException("a name leads elsewhere");
        if (!config.StateDirectory.StartsWith('/') || config.StateDirectory.Split('/').Contains("..")) throw new InvalidOperationException("a directory leads elsewhere: " + config.StateDirectory);
        if (config.Ports.Any(port => port.FirstPort is < 1 or > 65_535 || port.ContainerPort is < 1 or > 65_535)) throw new InvalidOperationException("no port");
        if (config.WantedHardwareAddress.Length is not (0 or 6)) throw new InvalidOperationException("no hardware address");
    }
}
