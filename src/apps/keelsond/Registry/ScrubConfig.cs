using Keelson.Daemon.Configuration;
using Keelson.Registry.Garbage;
using Keelson.Registry.Scrub;

namespace Keelson.Daemon.Registry;

/// <summary>The table <c>storage.scrub</c>: when the store is looked through.</summary>
/// <remarks>
/// <code>
/// [storage.scrub]   interval, rate (bytes a second), repair
/// </code>
/// </remarks>
internal static class ScrubConfig
{
    /// <summary>20 MiB a second: a disk of a terabyte in fourteen hours, beside other work.</summary>
    private const long StandardRate = 20 << 20;

    /// <summary>Reads the table.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown or has a wrong value.</exception>
    public static HousekeepingOptions Read(ConfigSection section, HousekeepingOptions housekeeping)
    {
        housekeeping = housekeeping with
        {
            ScrubInterval = section.Duration("interval", housekeeping.ScrubInterval),
            Scrub = new ScrubOptions { BytesPerSecond = section.Integer("rate", StandardRate, 0, long.MaxValue), Repairs = section.Switch("repair", false) },
        };
        section.End();
        return housekeeping;
    }
}
