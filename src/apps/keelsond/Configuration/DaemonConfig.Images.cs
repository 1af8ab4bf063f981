using Keelson.Snapshots;

namespace Keelson.Daemon.Configuration;

internal sealed partial record DaemonConfig
{
    private void ReadSnapshots(ConfigSection section, ConfigSection overlay)
    {
        Snapshotter = section.Text("default") is { Length: > 0 } name ? name : Snapshotter;
        Durability = section.Text("durability") switch
        {
            null or "" or "layers" => SnapshotDurability.Layers,
            "index" => SnapshotDurability.Index,
            "none" => SnapshotDurability.None,
            string other => throw section.Wrong("durability", $"'{other}' is none of layers, index, none"),
        };
        section.End();
        OverlayMountOptions = overlay.Texts("mount_options");
        overlay.End();
    }

    private void ReadImages(ConfigSection section)
    {
        HostsPath = section.Text("config_path") is { Length: > 0 } path ? path : null;
        CredentialFiles = section.Texts("credential_files");
        Parallelism = (int)section.Integer("max_concurrent_downloads", Parallelism, 1, 100);
        ImageGarbage = new()
        {
            HighThresholdPercent = (int)section.Integer("gc_high_percent", 0, 0, 100),
            LowThresholdPercent = (int)section.Integer("gc_low_percent", ImageGarbage.LowThresholdPercent, 0, 100),
            MinimumAge = section.Duration("gc_min_age", ImageGarbage.MinimumAge),
            Interval = section.Duration("gc_interval", ImageGarbage.Interval),
        };
        if (ImageGarbage.HighThresholdPercent > 0 && ImageGarbage.LowThresholdPercent > ImageGarbage.HighThresholdPercent)
            throw section.Wrong("gc_low_percent", $"{ImageGarbage.LowThresholdPercent} is above gc_high_percent");
        section.End();
    }
}
